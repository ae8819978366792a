"""How often one visitor may do something, counted in rows that all processes share. Only this file writes Limit."""

from datetime import timedelta

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.crypto import salted_hmac

from .models import Limit

HOUR = timedelta(hours=1)
KEPT = timedelta(days=1)


class TooMany(Exception):
    """The limit is reached. Says in how many seconds it counts anew."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"again in {seconds} s")
        self.seconds = seconds


def spend(name: str, visitor: str, most: int, *, window: timedelta = HOUR) -> None:
    """Count one more `name` of this visitor; 0 as `most` is any number. Raises TooMany for one more than `most`.

    The window begins with the first, and what is refused is not counted. Visitors are kept as hashes.
    """
    if not most or _take(name, visitor, most, window):
        return
    row, is_first = Limit.objects.get_or_create(
        name=name, visitor_hash=_hash(name, visitor), defaults={"since": timezone.now(), "spent": 1}
    )
    if not is_first and not _take(name, visitor, most, window):  # unless a request at the same moment was the first
        raise TooMany(max(1, int((row.since + window - timezone.now()).total_seconds())))


def _take(name: str, visitor: str, most: int, window: timedelta) -> bool:
    """One more in a window that goes on, or the first of a new one; whether there was room."""
    ours = Limit.objects.filter(name=name, visitor_hash=_hash(name, visitor))
    now = timezone.now()
    if ours.filter(since__lte=now - window).update(since=now, spent=1):
        return True
    return bool(ours.filter(spent__lt=most).update(spent=F("spent") + 1))


def forget_old() -> None:
    """Delete what no window counts any more."""
    Limit.objects.filter(since__lt=timezone.now() - KEPT).delete()


def too_many(request: HttpRequest, seconds: int) -> HttpResponse:
    """The page that says to wait."""
    response = render(request, "429.html", status=429)
    response["Retry-After"] = str(seconds)
    return response


def _hash(name: str, visitor: str) -> str:
    return salted_hmac(f"limit {name}", visitor, algorithm="sha256").hexdigest()
