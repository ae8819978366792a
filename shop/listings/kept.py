"""Keeps what was counted of whole lists, so that one process counts for all. Only this file writes KeptCounts.

A row says of which version of the catalogue it is (shop/changes.py), in the statement that counted: whoever reads it
after a change finds that, and counts. Like a page it is good for FRESH seconds: what a worker counts has no version.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from background.connections import read_again_if_broken
from shop.models import KeptCounts

FRESH = 60  # seconds

READ = """
SELECT rows FROM shop_keptcounts
WHERE place = %(place)s AND at > statement_timestamp() - %(fresh)s * interval '1 second'
    AND version = (SELECT concat(count(*), ' ', sum(id)) FROM shop_cataloguechange)
"""
COUNT = """
INSERT INTO shop_keptcounts (place, at, version, rows)
SELECT %(place)s, statement_timestamp(), (SELECT concat(count(*), ' ', sum(id)) FROM shop_cataloguechange), (
    SELECT json_agg(json_build_array({columns})) FROM ({counting}) counted ({columns})
)
ON CONFLICT (place) DO UPDATE SET at = excluded.at, version = excluded.version, rows = excluded.rows
RETURNING rows
"""


def counted_once(place: int, counting: Callable[[], str], columns: Iterable[str]) -> list[Sequence[Any]]:
    """The rows of a query, which counts the whole list `place`; `counting` writes it, where it is needed.

    One statement, and one more to count. Counts each time in a transaction, for whose end others would wait, and on
    SQLite, where all wait for one writer.
    """
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute(counting())
            return cursor.fetchall()
    found = read_again_if_broken(partial(_kept, place))
    if found is None:
        with connection.cursor() as cursor:
            cursor.execute(COUNT.format(counting=counting(), columns=", ".join(columns)), {"place": place})
            found = cursor.fetchone()
    return json.loads(found[0])


def _kept(place: int, connection: BaseDatabaseWrapper) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(READ, {"place": place, "fresh": FRESH})
        return cursor.fetchone()


def forget_old() -> None:
    """Remove what nobody reads any more."""
    KeptCounts.objects.filter(at__lt=timezone.now() - timedelta(seconds=FRESH)).delete()
