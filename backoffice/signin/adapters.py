"""What django-allauth asks the shop: who may sign in, how somebody confirms who they are, how secrets are kept."""

import base64
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from background.visitors import visitor_of

from . import audit, gate, throttle


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are staff's. Nobody signs up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """The member of staff with this name and password. An account without the right to the admin is nobody's."""
        throttle.try_password(request, credentials["username"])
        user = super().authenticate(request, **credentials)
        if user is not None and user.is_staff:
            return user
        audit.note(request, audit.Kind.WRONG_PASSWORD, audit.account_named(credentials["username"]))
        return None

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Not django-allauth's limit: it counts in one process, and locks the account for its owner, too."""

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        gate.begin(request, user)
        audit.note(request, audit.Kind.SIGNED_IN, user, gate.shown_in(request))

    def logout(self, request: HttpRequest) -> None:
        audit.note(request, audit.Kind.SIGNED_OUT, request.user)  # type: ignore[arg-type]
        super().logout(request)

    def send_notification_mail(self, template_prefix: str, user: AbstractBaseUser, *_args: Any, **_more: Any) -> None:
        """What happened to an account goes into the log."""
        kind, about = audit.TOLD_BY_ALLAUTH[template_prefix]
        audit.note(self.request or context.request, kind, user, about)

    def get_client_ip(self, request: HttpRequest) -> str:
        return visitor_of(request)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Signing in a moment ago is as good as confirming it now."""
        return not gate.did_recently(context.request)

    def get_reauthentication_methods(self, user: AbstractBaseUser | AnonymousUser) -> list[dict[str, Any]]:
        """The factors of the account: a password, which may have leaked, is enough only where there are none."""
        methods = super().get_reauthentication_methods(user)
        return [method for method in methods if method["id"] != "reauthenticate"] or methods


class MFAAdapter(DefaultMFAAdapter):
    """Secrets lie in the database encrypted, so that a copy of it opens no account."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_delete_authenticator": _("This is your only second factor. Set up another one first."),
    }

    def encrypt(self, text: str) -> str:
        return _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Raises InvalidToken when neither SECRET_KEY nor a fallback of it is the key it was written with."""
        return _fernet().decrypt(encrypted_text.encode()).decode()

    def get_totp_label(self, user: AbstractBaseUser) -> str:
        return user.get_username()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Not the last one: whoever it belongs to could do nothing any more."""
        others = Authenticator.objects.filter(user_id=authenticator.user_id).exclude(pk=authenticator.pk)
        return others.exclude(type=Authenticator.Type.RECOVERY_CODES).exists()


def _fernet() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [salted_hmac("second factor", "", secret=key, algorithm="sha256").digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
