"""How often somebody may guess. One address is stopped at one account; the account opens from any other."""

from datetime import timedelta

from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.shortcuts import render

from background import limits
from background.visitors import visitor_of

from . import audit

WINDOW = timedelta(minutes=15)
CODES_PER_ACCOUNT = 100  # within an hour, from everywhere: so many come only from somebody who has the password


def try_password(request: HttpRequest, name: str) -> None:
    """Count one try at this name, before the password is looked at. Raises an answer with 429 beyond the limit.

    Tries that are right count, too; a refused one does not, so waiting helps.
    """
    address = visitor_of(request)
    try:
        limits.spend("sign-ins of an address", address, settings.SIGNINS_PER_VISITOR)
        limits.spend("sign-ins to an account", f"{name.lower()} {address}", settings.SIGNINS_PER_ACCOUNT, window=WINDOW)
    except limits.TooMany as error:
        raise _refused(request, audit.account_named(name), error.seconds) from None


def try_factor(request: HttpRequest, account: AbstractBaseUser) -> None:
    """Count one try at the second factor of an account whose password was right. Raises as `try_password`."""
    address = visitor_of(request)
    try:
        limits.spend("codes of an account", str(account.pk), CODES_PER_ACCOUNT)
        limits.spend("codes", f"{account.pk} {address}", settings.SIGNINS_PER_ACCOUNT, window=WINDOW)
    except limits.TooMany as error:
        raise _refused(request, account, error.seconds) from None


def _refused(request: HttpRequest, account: AbstractBaseUser | None, seconds: int) -> ImmediateHttpResponse:
    audit.note(request, audit.Kind.THROTTLED, account)
    page = render(request, "backoffice/signin/throttled.html", {"minutes": -(-seconds // 60)}, status=429)
    page["Retry-After"] = str(seconds)
    return ImmediateHttpResponse(page)
