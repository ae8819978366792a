"""The first products of everything, for the home page."""

from itertools import chain

from .cards import Card, cards, for_cards
from .scopes import NEWEST, RECOMMENDED, Scope, page_of


def newest_and_recommended(*, newest: int, recommended: int) -> tuple[list[Card], list[Card]]:
    """The newest in stock, and those that are recommended first. Three queries."""
    everything = Scope()
    in_stock = everything.rows().filter(in_stock=True)
    fresh = list(for_cards(page_of(everything, in_stock, NEWEST, first=0, most=newest)))
    wanted = list(for_cards(page_of(everything, everything.rows(), RECOMMENDED, first=0, most=recommended)))
    found = cards(chain(fresh, wanted))
    return found[: len(fresh)], found[len(fresh) :]
