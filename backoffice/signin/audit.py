"""The log of what happens at the door. Only this file writes SignInEvent; nothing but time and its mail changes one."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.sessions.models import Session
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language

from background.task import nudge
from background.visitors import visitor_of

from ..models import SignInEvent

Kind = SignInEvent.Kind

# What django-allauth would mail about, and what it is here.
TOLD_BY_ALLAUTH = {
    "mfa/email/totp_activated": (Kind.FACTOR_ADDED, "totp"),
    "mfa/email/totp_deactivated": (Kind.FACTOR_REMOVED, "totp"),
    "mfa/email/webauthn_added": (Kind.FACTOR_ADDED, "passkey"),
    "mfa/email/webauthn_removed": (Kind.FACTOR_REMOVED, "passkey"),
    "mfa/email/recovery_codes_generated": (Kind.CODES_MADE, ""),
    "account/email/password_changed": (Kind.PASSWORD_CHANGED, ""),
    "account/email/password_reset": (Kind.PASSWORD_CHANGED, ""),
}

# What somebody who took over an account would do, or would have done to it.
TELLING = {
    Kind.FACTOR_ADDED,
    Kind.FACTOR_REMOVED,
    Kind.FACTORS_RESET,
    Kind.CODES_MADE,
    Kind.RECOVERY_CODE,
    Kind.PASSWORD_CHANGED,
}


def note(
    request: HttpRequest | None, kind: SignInEvent.Kind, account: AbstractBaseUser | None, about: str = ""
) -> None:
    """Write down what just happened to an account, or to none that exists; without a request, from a shell.

    Of what TELLING names, the account's holder gets a mail. A second call is a second event.
    """
    told = kind in TELLING and bool(account and getattr(account, "email", ""))
    event = SignInEvent.objects.create(
        tell_at=timezone.now() if told else None,
        language=get_language() or settings.LANGUAGE_CODE,
        kind=kind,
        account_id=account.pk if account else None,
        name=account.get_username() if account else "",
        about=about[:100],
        address=visitor_of(request) if request else "",
        browser=request.headers.get("User-Agent", "").replace("\0", "")[:200] if request else "",
    )
    if told:
        nudge("backoffice.tasks.tell_account", event.pk)


def account_named(name: str) -> AbstractBaseUser | None:
    """The account that somebody tries to open, if there is one."""
    users = get_user_model()._default_manager
    return users.filter(username=name).first() if name and "\0" not in name else None


def forget_old() -> None:
    """Take addresses out of events that are old, and delete those that are very old, and sessions that are over."""
    now = timezone.now()
    Session.objects.filter(expire_date__lt=now).delete()
    old = SignInEvent.objects.filter(at__lt=now - timedelta(days=settings.SIGNIN_ADDRESSES_DAYS))
    old.exclude(Q(address="") & Q(browser="")).update(address="", browser="")
    SignInEvent.objects.filter(at__lt=now - timedelta(days=settings.SIGNIN_EVENTS_DAYS)).delete()
