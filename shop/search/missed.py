"""Counts the searches that found nothing, so that staff learn what is wanted. Keeps no trace of who searched."""

import re

from django.db.models import F
from django.utils import timezone

from shop.models import MissedSearch

from .words import asked_words

MOST_TERMS = 1000
# What may be somebody's address, number or name of an account rather than a thing to buy.
PERSONAL = re.compile(r"@|\d[\d\s/.-]{5,}\d|https?:")


def note_missed(query: str) -> None:
    """Count the query's words once more. Beyond MOST_TERMS a new term takes the place of the rarest, oldest one."""
    term = " ".join(asked_words(query))[:100]
    if not term or PERSONAL.search(query):
        return
    if MissedSearch.objects.filter(term=term).update(times=F("times") + 1, last_at=timezone.now()):
        return
    if MissedSearch.objects.count() >= MOST_TERMS:
        rarest = MissedSearch.objects.order_by("times", "last_at").values("pk")[:1]
        MissedSearch.objects.filter(pk__in=list(rarest.values_list("pk", flat=True))).delete()
    MissedSearch.objects.bulk_create([MissedSearch(term=term)], ignore_conflicts=True)  # somebody may be faster
