"""Addresses that pages are full of. Django's reverse() takes longer than all else that a card is drawn from."""

from functools import cache

from django.urls import reverse
from django.utils.translation import get_language

PLACE = "PLACE-OF-A-SLUG"


def address(name: str, *slugs: str) -> str:
    """What reverse() says, in the active language. A slug has nothing to be escaped."""
    return _pattern(name, len(slugs), get_language()) % slugs


@cache
def _pattern(name: str, slugs: int, _language: str | None) -> str:
    return reverse(name, args=[PLACE] * slugs).replace("%", "%%").replace(PLACE, "%s")
