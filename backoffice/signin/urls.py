"""Where staff sign in, under django-allauth's names. They stand before the admin's own and so take their place."""

from allauth.account import views as account
from allauth.mfa.base import views as base
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.contrib.auth.decorators import login_required
from django.urls import path

from . import views
from .gate import open_to_enrolling as open_

change_password = login_required(account.PasswordChangeView.as_view())

urlpatterns = [
    path("login/", open_(views.LoginView.as_view()), name="account_login"),
    path("login/code/", views.AuthenticateView.as_view(), name="mfa_authenticate"),
    path("logout/", open_(account.LogoutView.as_view()), name="account_logout"),
    path("password_change/", change_password, name="account_change_password"),
    path("password_reset/", views.ask_for_reset, name="account_reset_password"),
    path("password_reset/<uidb64>/<token>/", views.ResetView.as_view(), name="password_reset_confirm"),
    path("confirm/", open_(account.ReauthenticateView.as_view()), name="account_reauthenticate"),
    path("confirm/code/", views.ReauthenticateView.as_view(), name="mfa_reauthenticate"),
    path("confirm/passkey/", views.ReauthenticateWebAuthnView.as_view(), name="mfa_reauthenticate_webauthn"),
    path("second-factor/", open_(base.IndexView.as_view()), name="mfa_index"),
    path("second-factor/app/", open_(views.ActivateTOTPView.as_view()), name="mfa_activate_totp"),
    path("second-factor/app/remove/", totp.DeactivateTOTPView.as_view(), name="mfa_deactivate_totp"),
    path("second-factor/passkeys/", base.IndexView.as_view(), name="mfa_list_webauthn"),
    path("second-factor/passkeys/add/", open_(views.AddWebAuthnView.as_view()), name="mfa_add_webauthn"),
    path("second-factor/passkeys/<int:pk>/", webauthn.EditWebAuthnView.as_view(), name="mfa_edit_webauthn"),
    path("second-factor/passkeys/<int:pk>/remove/", views.RemoveWebAuthnView.as_view(), name="mfa_remove_webauthn"),
    path("second-factor/codes/", recovery_codes.ViewRecoveryCodesView.as_view(), name="mfa_view_recovery_codes"),
    path("second-factor/codes/new/", views.NewCodesView.as_view(), name="mfa_generate_recovery_codes"),
]
