"""The pages of signing in and of second factors: django-allauth's, for accounts that cannot do without a factor."""

import json
from typing import Any

from allauth.account import views as account
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import views as base
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.contrib import messages
from django.contrib.auth.views import PasswordResetConfirmView
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.translation import get_language, gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from background import limits
from background.visitors import visitor_of

from . import audit, codes, gate, resets
from .forms import ResetForm


class LoginView(account.LoginView):
    def get_authenticated_redirect_url(self) -> str:
        """Who is signed in goes on; who has no factor yet goes to set one up."""
        if gate.is_enrolling(self.request, self.request.user):
            return reverse("mfa_index")
        return super().get_authenticated_redirect_url()


class PasskeyOptionsMixin:
    """What the browser is asked for a passkey, as text for the page's script."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        for options in context.pop("js_data", {}).values():
            context["passkey_options"] = json.dumps(options["publicKey"], cls=DjangoJSONEncoder)
        return context


class AuthenticateView(PasskeyOptionsMixin, base.AuthenticateView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.stage.login.user
        types = set(Authenticator.objects.filter(user_id=user.pk).values_list("type", flat=True))
        return super().get_context_data(**kwargs) | {
            "has_app": Authenticator.Type.TOTP in types,
            "has_passkey": Authenticator.Type.WEBAUTHN in types,
            "development_code": codes.shown_in_development(user),
        }


class ReauthenticateView(base.ReauthenticateView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        shown = codes.shown_in_development(self.request.user)
        return super().get_context_data(**kwargs) | {"development_code": shown}


class ReauthenticateWebAuthnView(PasskeyOptionsMixin, webauthn.ReauthenticateWebAuthnView):
    pass


class FirstFactorMixin:
    """A factor that was just set up opens the admin to the session that did it, if the account had none."""

    factor_type: Authenticator.Type

    def form_valid(self, form: Any) -> HttpResponse:
        enrolling = gate.is_enrolling(self.request, self.request.user)  # type: ignore[attr-defined]
        response: HttpResponse = super().form_valid(form)  # type: ignore[misc]
        factors = Authenticator.objects.filter(user=self.request.user, type=self.factor_type)  # type: ignore[attr-defined]
        self.note(factor := factors.latest("pk"), form)
        if enrolling:
            gate.admit(self.request, factor)  # type: ignore[attr-defined]
        return response

    def note(self, factor: Authenticator, form: Any) -> None:
        """What else the new factor should know of how it was set up."""


class ActivateTOTPView(FirstFactorMixin, totp.ActivateTOTPView):
    factor_type = Authenticator.Type.TOTP

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            return super().form_valid(form)
        except IntegrityError:  # a second click was faster than the first
            return redirect("mfa_index")

    def note(self, factor: Authenticator, form: Any) -> None:
        codes.spend(factor, form.cleaned_data["code"])


class AddWebAuthnView(FirstFactorMixin, PasskeyOptionsMixin, webauthn.AddWebAuthnView):
    factor_type = Authenticator.Type.WEBAUTHN


class RemoveWebAuthnView(webauthn.RemoveWebAuthnView):
    def form_valid(self, form: Any) -> HttpResponse:
        """Remove it, unless it is the last factor of the account."""
        if get_adapter().can_delete_authenticator(self.get_object()):
            return super().form_valid(form)
        messages.error(self.request, get_adapter().error_messages["cannot_delete_authenticator"])
        return redirect("mfa_index")


class NewCodesView(recovery_codes.GenerateRecoveryCodesView):
    def form_valid(self, form: Any) -> HttpResponse:
        """Replace the codes. A session that was opened with an old one goes on here, and ends elsewhere."""
        codes_of = Authenticator.objects.filter(user=self.request.user, type=Authenticator.Type.RECOVERY_CODES)
        opened_with_one = codes_of.filter(pk=self.request.session[gate.FACTOR]).exists()
        response = super().form_valid(form)
        if opened_with_one:
            gate.admit(self.request, codes_of.get())
        return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask_for_reset(request: HttpRequest) -> HttpResponse:
    """Where a link to a new password is asked for. The answer is the same for every address."""
    form = ResetForm(request.POST or None)
    if not form.is_valid():
        return render(request, "backoffice/signin/reset.html", {"form": form}, status=422 if form.errors else 200)
    try:
        resets.ask(form.cleaned_data["email"], language=get_language() or "en", visitor=visitor_of(request))
    except limits.TooMany as error:
        return limits.too_many(request, error.seconds)
    audit.note(request, audit.Kind.RESET_ASKED, None)
    return render(request, "backoffice/signin/reset.html", {"asked": True})


class ResetView(PasswordResetConfirmView):
    """The page behind the link in the mail. It signs nobody in: the second factor is asked for as ever."""

    template_name = "backoffice/signin/reset_confirm.html"
    success_url = reverse_lazy("account_login")

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        audit.note(self.request, audit.Kind.PASSWORD_CHANGED, self.user, "reset")
        messages.success(self.request, _("Your password is changed. Sign in with it."))
        return response
