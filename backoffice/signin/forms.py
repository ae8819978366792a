"""The forms in which staff type codes and passwords: django-allauth's, with codes that are good once."""

from typing import Any

from allauth.account import forms as account
from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as base
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm as NewAppForm
from allauth.mfa.webauthn import forms as webauthn
from cryptography.fernet import InvalidToken
from django import forms
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.utils.translation import gettext, gettext_lazy as _

from . import audit, codes, throttle


class CodeForm(forms.Form):
    """Where a code is typed, as apps and sheets of paper show it: with spaces or without."""

    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}),
        error_messages={"required": _("Enter the code.")},
    )


class KnownFactorForm(CodeForm):
    """A code of the account's app, which is spent by it, or a recovery code."""

    user: AbstractBaseUser
    authenticator: Authenticator

    def clean_code(self) -> str:
        throttle.try_factor(context.request, self.user)
        try:
            code: str = super().clean_code()  # type: ignore[misc]
            self._spend(code)
        except InvalidToken:
            raise forms.ValidationError(
                gettext("The shop's secret key has changed. The shop's owner must reset your second factor.")
            ) from None
        except forms.ValidationError:
            audit.note(context.request, audit.Kind.WRONG_FACTOR, self.user)
            raise
        return code

    def _spend(self, code: str) -> None:
        factor = self.authenticator
        if factor.type == Authenticator.Type.RECOVERY_CODES:
            audit.note(context.request, audit.Kind.RECOVERY_CODE, self.user)
        elif not (_is_allowed(factor) and codes.spend(factor, code)):
            raise get_adapter().validation_error("incorrect_code")


def _is_allowed(app: Authenticator) -> bool:
    return settings.DEBUG or not codes.is_for_development(app)


class AuthenticateForm(KnownFactorForm, base.AuthenticateForm):
    """The second step of signing in."""


class ReauthenticateForm(KnownFactorForm, base.ReauthenticateForm):
    """The factor once more, before something dangerous."""

    def save(self) -> None:
        super().save()
        audit.note(context.request, audit.Kind.CONFIRMED, self.user, self.authenticator.type)


class PasskeyForm(webauthn.AuthenticateWebAuthnForm):
    """A passkey as the second step."""

    def clean_credential(self) -> Authenticator:
        throttle.try_factor(context.request, self.user)
        try:
            return super().clean_credential()
        except forms.ValidationError:
            audit.note(context.request, audit.Kind.WRONG_FACTOR, self.user)
            raise


class ConfirmPasskeyForm(PasskeyForm):
    """A passkey before something dangerous."""

    reauthenticated = True

    def clean_credential(self) -> Authenticator:
        factor = super().clean_credential()
        audit.note(context.request, audit.Kind.CONFIRMED, self.user, factor.type)
        return factor


class ActivateTOTPForm(CodeForm, NewAppForm):
    """The first code of a new app."""


class LabelledForm(forms.Form):
    """Labels stand above their fields, so nothing needs to stand in them as well."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class LoginForm(LabelledForm, account.LoginForm):
    """Name and password: the first step."""


class ConfirmPasswordForm(LabelledForm, account.ReauthenticateForm):
    """The password once more, where an account has nothing else yet."""


class ChangePasswordForm(LabelledForm, account.ChangePasswordForm):
    """A new password for the old one. Guesses of the old one count like those at the door."""

    def clean_oldpassword(self) -> str:
        typed: str = self.cleaned_data["oldpassword"]
        if not (self.user and get_account_adapter().reauthenticate(self.user, typed)):
            raise get_account_adapter().validation_error("enter_current_password")
        return typed


class ResetForm(forms.Form):
    """Whose password is lost."""

    email = forms.EmailField(
        label=_("Email"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"required": _("Enter your email address."), "invalid": _("Enter a valid email address.")},
    )
