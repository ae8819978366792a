"""What somebody who types may be looking for: shelves and attribute values by name, then products. One query."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from shop import catalogue, profile
from shop.models import Category

from .matching import find
from .spelling import corrected
from .words import asked_words, words_of

MOST = 8
MOST_WAYS = 3  # shelves and values among them
LOOKED_AT = 30  # products whose shelves and values are considered


@dataclass(frozen=True)
class Suggestion:
    """A name to show, what it is, and where it leads."""

    name: str
    note: str
    url: str


def suggest(query: str) -> list[Suggestion]:
    """At most eight things whose words begin as those of `query` do; with a typing mistake put right, if need be."""
    if not asked_words(query):
        return []
    found = _products(query)
    if not found and (meant := corrected(query)):
        query, found = meant, _products(meant)
    ways = list(dict.fromkeys(way for card in found for way in _ways(card, query)))[:MOST_WAYS]
    return [*ways, *(_of_product(card) for card in found)][:MOST]


def _products(query: str) -> list[catalogue.Card]:
    found = find(query, most=LOOKED_AT)
    return sorted(catalogue.of_products(found), key=lambda card: found.index(card.pk)) if found else []


def _ways(card: catalogue.Card, query: str) -> Iterator[Suggestion]:
    shelf = profile.shelf(pk=card.category_id)
    places: list[tuple[Category | catalogue.Told, str]] = [(shelf, _("Category"))] if shelf else []
    places += [(told, told.attribute) for told in card.told if told.is_filter]
    for place, note in places:
        if _begin(asked_words(query), words_of(place.name)):
            yield Suggestion(place.name, note, place.get_absolute_url())


def _of_product(card: catalogue.Card) -> Suggestion:
    named = (card.named.get("producer"), card.named.get("region"), card.named.get("vintage"))
    return Suggestion(card.name, ", ".join(name for name in named if name), card.get_absolute_url())


def _begin(asked: list[str], words: list[str]) -> bool:
    return all(any(word.startswith(beginning) for word in words) for beginning in asked)
