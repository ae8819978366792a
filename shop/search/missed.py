"""Counts the searches that found nothing, so that staff learn what is wanted. Keeps no trace of who searched."""

import re

from django.db import connection
from django.utils import timezone

from shop.models import MissedSearch

from .words import asked_words

MOST_TERMS = 1000
COUNT = """
INSERT INTO shop_missedsearch (term, times, last_at) VALUES (%s, 1, %s)
ON CONFLICT (term) DO UPDATE SET times = shop_missedsearch.times + 1, last_at = excluded.last_at
"""
# What may be somebody's address, number or name of an account rather than a thing to buy.
PERSONAL = re.compile(r"@|\d[\d\s/.-]{5,}\d|https?:")


def note_missed(query: str) -> None:
    """Count the query's words once more. Beyond MOST_TERMS a new term takes the place of the rarest, oldest one."""
    term = " ".join(asked_words(query))[:100]
    if not term or PERSONAL.search(query):
        return
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [term, timezone.now()])
    kept = MissedSearch.objects.order_by("-times", "-last_at").values("pk")
    MissedSearch.objects.filter(pk__in=kept[MOST_TERMS : MOST_TERMS + 10]).delete()
