"""The first products of everything, for the home page."""

from .cards import Card, page_of
from .filters import Filters
from .scopes import NEWEST, RECOMMENDED, Scope


def newest_and_recommended(*, newest: int, recommended: int) -> tuple[list[Card], list[Card]]:
    """The newest in stock, and those that are recommended first. Two queries."""
    return (
        page_of(Scope(), Filters(in_stock=True), NEWEST, first=0, most=newest),
        page_of(Scope(), Filters(), RECOMMENDED, first=0, most=recommended),
    )
