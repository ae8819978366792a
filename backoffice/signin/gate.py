"""Who a request is made by. Only a session that has shown a second factor is anybody, whichever view it comes to."""

import functools
import time
from collections.abc import Callable
from typing import Any, TypeVar, cast

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.models import Authenticator
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.middleware import AuthenticationMiddleware as DjangosMiddleware
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import SimpleLazyObject
from django.utils.http import urlencode

FACTOR, SINCE = "second_factor", "signed_in_at"
RECENT_SECONDS = 10 * 60  # so long what somebody has just shown counts before something dangerous

View = TypeVar("View", bound=Callable[..., HttpResponse])
Visitor = User | AnonymousUser


class AuthenticationMiddleware(DjangosMiddleware):
    """Django's, but for sessions without a second factor: `request.user` is anonymous in them.

    Views that `open_to_enrolling` marks see an account that has no factor yet.
    """

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        self._believe(request, admitted)

    def process_view(self, request: HttpRequest, view: Callable[..., HttpResponse], *_args: Any) -> None:
        if getattr(view, "open_to_enrolling", False):
            self._believe(request, admitted_or_enrolling)

    def _believe(self, request: HttpRequest, who: Callable[[HttpRequest], Visitor]) -> None:
        request.user = SimpleLazyObject(lambda: who(request))  # type: ignore[assignment]
        request.auser = sync_to_async(lambda: who(request))


def open_to_enrolling(view: View) -> View:
    """Let this view see an account that has no second factor yet."""
    view.open_to_enrolling = True  # type: ignore[attr-defined]
    return view


def begin(request: HttpRequest, user: User) -> None:
    """Note in a session that just began since when it stands, and the factor that was shown for it, if one was."""
    request.session[SINCE] = time.time()
    request.session.pop(FACTOR, None)
    shown = [record for record in get_authentication_records(request, user) if record["method"] == "mfa"]
    if shown:
        request.session[FACTOR] = shown[-1]["id"]


def shown_in(request: HttpRequest) -> str:
    """What the session was opened with, in a word; empty where the account has no factor yet."""
    factor = Authenticator.objects.filter(pk=request.session.get(FACTOR)).first()
    return factor.type if factor else ""


def admit(request: HttpRequest, factor: Authenticator) -> None:
    """Let a session in, or stay in, with a factor that it has just set up. Its key changes."""
    request.session[FACTOR] = factor.pk
    request.session.cycle_key()


def admitted(request: HttpRequest) -> Visitor:
    """Whose session this is, if it has shown a factor which the account still has, within the hours of a session.

    A session that has lost its factor or is over is ended for good.
    """
    user = get_user(request)
    if not user.is_authenticated or (FACTOR not in request.session and is_enrolling(request, user)):
        return AnonymousUser()
    factors = Authenticator.objects.filter(pk=request.session.get(FACTOR), user_id=user.pk)
    if _is_over(request) or not user.is_staff or not factors.exists():
        request.session.flush()
        return AnonymousUser()
    return user


def admitted_or_enrolling(request: HttpRequest) -> Visitor:
    """As `admitted`, and also whose session this is while the account has no factor."""
    user = get_user(request)
    return user if user.is_authenticated and is_enrolling(request, user) else admitted(request)


def is_enrolling(request: HttpRequest, user: User) -> bool:
    """Whether a password was all that could be asked for: the account has no factor, and this session never had."""
    if FACTOR in request.session or _is_over(request):
        return False
    return user.is_staff and not Authenticator.objects.filter(user_id=user.pk).exists()


def did_recently(request: HttpRequest) -> bool:
    """Whether the person has signed in, or confirmed who they are, within the last minutes."""
    records = get_authentication_records(request, request.user)
    return bool(records) and time.time() - records[-1]["at"] < RECENT_SECONDS


def confirmation(request: HttpRequest) -> HttpResponse | None:
    """Where to confirm who one is before something dangerous, and to come back from; None for who just did.

    What was posted is asked for again: it may hold passwords, which no session shall keep.
    """
    if did_recently(request):
        return None
    ways = get_adapter().get_reauthentication_methods(request.user)
    return redirect(f"{ways[0]['url']}?{urlencode({'next': request.get_full_path()})}")


def confirmed(view: View) -> View:
    """Let nobody come to this view who has not just signed in or confirmed who they are."""

    @functools.wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return confirmation(request) or view(request, *args, **kwargs)

    return cast(View, asked)


def _is_over(request: HttpRequest) -> bool:
    return time.time() - request.session.get(SINCE, 0) > settings.STAFF_SESSION_HOURS * 3600
