"""How often one visitor may do something, counted in rows that all processes share. Only this file writes Limit."""

from datetime import timedelta
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.crypto import salted_hmac

from .models import Limit

HOUR = timedelta(hours=1)
KEPT = timedelta(days=1)

# One more in a window that goes on, the first of a new one, or nothing where there is no room.
TAKE = """
INSERT INTO background_limit (name, visitor_hash, since, spent) VALUES (%(name)s, %(visitor)s, %(now)s, 1)
ON CONFLICT (name, visitor_hash) DO UPDATE SET
    since = CASE WHEN background_limit.since > %(over)s THEN background_limit.since ELSE excluded.since END,
    spent = CASE WHEN background_limit.since > %(over)s THEN background_limit.spent + 1 ELSE 1 END
WHERE background_limit.since <= %(over)s OR background_limit.spent < %(most)s
RETURNING spent
"""


class TooMany(Exception):
    """The limit is reached. Says in how many seconds it counts anew."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"again in {seconds} s")
        self.seconds = seconds


def spend(name: str, visitor: str, most: int, *, window: timedelta = HOUR) -> None:
    """Count one more `name` of this visitor; 0 as `most` is any number. Raises TooMany for one more than `most`.

    The window begins with the first, and what is refused is not counted. Visitors are kept as hashes.
    """
    if not most:
        return
    now, who = timezone.now(), _hash(name, visitor)
    write = connection.ops.adapt_datetimefield_value
    values: dict[str, Any] = {
        "name": name,
        "visitor": who,
        "most": most,
        "now": write(now),
        "over": write(now - window),
    }
    with connection.cursor() as cursor:
        cursor.execute(TAKE, values)
        if cursor.fetchone():
            return
    row = Limit.objects.get(name=name, visitor_hash=who)
    raise TooMany(max(1, int((row.since + window - now).total_seconds())))


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
