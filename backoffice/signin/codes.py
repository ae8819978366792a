"""Codes of authenticator apps: each is good once. Also the ones that a development machine shows."""

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

DEVELOPMENT_SECRET = "DEVELOPMENTONLYDEVELOPMENTONLY22"  # noqa: S105 - known to all, and good with DEBUG only


@transaction.atomic
def spend(app: Authenticator, code: str) -> bool:
    """Whether this is a code of the moment that was not used yet; marks it, and all before it, as used.

    A second call with the same code is False, from whichever process it comes.
    """
    row = Authenticator.objects.select_for_update().get(pk=app.pk)
    found = [counter for counter, right in _unspent(row) if compare_user_code(actual=code, expected=right)]
    if not found:
        return False
    row.data["spent"] = max(found)
    row.save(update_fields=["data"])
    return True


def is_for_development(app: Authenticator) -> bool:
    """Whether the whole world knows this app's secret."""
    return bool(app.data.get("development"))


def enrol_for_development(user: AbstractBaseUser) -> None:
    """Give an account the app whose codes its own pages show. A second call changes nothing."""
    if settings.DEBUG and not Authenticator.objects.filter(user_id=user.pk).exists():
        app = TOTP.activate(user, DEVELOPMENT_SECRET).instance
        app.data["development"] = True
        app.save(update_fields=["data"])


def shown_in_development(user: AbstractBaseUser) -> str:
    """A code that is good now, for an account with the development secret; else, and without DEBUG, nothing."""
    app = Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).first()
    if not (settings.DEBUG and app and is_for_development(app)):
        return ""
    return next((code for _counter, code in _unspent(app)), "")


def _unspent(app: Authenticator) -> list[tuple[int, str]]:
    """The codes that are good now, each with its number in time."""
    secret = get_adapter().decrypt(app.data["secret"])
    new = [counter for counter in yield_hotp_counters_from_time() if counter > app.data.get("spent", 0)]
    return [(counter, format_hotp_value(hotp_value(secret, counter))) for counter in new]
