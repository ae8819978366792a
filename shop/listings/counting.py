"""Counts long lists for the pages: how many products they have, and how many beside each choice. A worker does it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from shop.models import CountedList

LONG = 1000  # products; a shorter list is counted when a page asks for it
SOONEST = timedelta(minutes=5)  # after which a list is counted again
SHARE = 500  # of the time that counting a list took, it rests
LATEST = timedelta(days=1)  # after which it is counted again though its totals are the same

TOTALS = """
SELECT place, count(*), sum(CASE WHEN in_stock THEN 1 ELSE 0 END)
FROM shop_listing GROUP BY place HAVING count(*) > %s
"""
MOST_CHOICES = 40  # of one attribute, those with most products
COUNTS = """
WITH counted AS (
    SELECT other.place, count(*) AS products FROM shop_listing listing
    JOIN shop_listing other ON other.product_id = listing.product_id
    WHERE listing.place = %(place)s AND other.place <> 0 GROUP BY other.place
),
choices AS (
    SELECT counted.place, counted.products,
        row_number() OVER (PARTITION BY value.attribute_id ORDER BY counted.products DESC, value.id) AS number
    FROM counted JOIN shop_attributevalue value ON value.id = counted.place
    JOIN shop_attribute attribute ON attribute.id = value.attribute_id WHERE attribute.is_filter
)
INSERT INTO shop_listcount (of_id, place, products)
SELECT %(place)s, place, products FROM counted WHERE place < 0
UNION ALL SELECT %(place)s, place, products FROM choices WHERE number <= %(most)s
"""


def count_long_lists(*, seconds: float = 60) -> int:
    """Bring totals up to date, and the numbers beside choices where they may have changed; how many lists were counted.

    Stops after about `seconds`, the next call goes on. Lists that have become short are forgotten: pages count them.
    """
    end = time.monotonic() + seconds
    with _unhurried() as cursor:
        cursor.execute(TOTALS, [LONG])
        totals = {place: (products, in_stock) for place, products, in_stock in cursor.fetchall()}
    CountedList.objects.exclude(place__in=totals).delete()
    known = {row.place: row for row in CountedList.objects.all()}
    now = timezone.now()
    done = 0
    for place in sorted(totals, key=lambda place: -totals[place][0]):
        if _is_due(known.get(place), totals[place], now) and time.monotonic() < end:
            _count(place, totals[place])
            done += 1
    return done


@contextmanager
def _unhurried() -> Iterator[Any]:
    """A cursor in a transaction that may take longer than a page's statements may."""
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL max_parallel_workers_per_gather = 2")
        yield cursor


def _is_due(row: CountedList | None, totals: tuple[int, int], now: datetime) -> bool:
    if row is None:
        return True
    age = now - row.counted_at
    if (row.products, row.in_stock) == totals:
        return age > LATEST
    return age > max(SOONEST, timedelta(seconds=SHARE * row.seconds))


def _count(place: int, totals: tuple[int, int]) -> None:
    started = time.monotonic()
    with _unhurried() as cursor:
        products, in_stock = totals
        values = {"products": products, "in_stock": in_stock, "counted_at": timezone.now()}
        row, _made = CountedList.objects.update_or_create(place=place, defaults=values)
        row.counts.all().delete()
        cursor.execute(COUNTS, {"place": place, "most": MOST_CHOICES})
        row.seconds = time.monotonic() - started
        row.save(update_fields=["seconds"])
