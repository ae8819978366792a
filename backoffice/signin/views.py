"""The pages of signing in and of second factors: django-allauth's, for accounts that cannot do without a factor."""

import json
from typing import Any

from allauth.account import views as account
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import views as base
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.contrib import messages
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from . import codes, gate


class LoginView(account.LoginView):
    def get_authenticated_redirect_url(self) -> str:
        """Who is signed in goes on; who has no factor yet goes to set one up."""
        if gate.is_enrolling(self.request, self.request.user):  # type: ignore[arg-type]
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
