"""What pages read of the catalogue, in a number of queries that does not grow with the products. Writes nothing."""

from .cards import Card, cards, facts, for_cards
from .facets import Choice, Facet, Facets, count
from .filters import Filters, asked_values, has_value, read
from .listing import (
    PAGE_SIZE,
    SEARCH_SORTS,
    SORTS,
    Sorts,
    in_category,
    in_order,
    newest_and_recommended,
    products,
    related_to,
)
from .shelves import ancestors, inside

__all__ = [
    "PAGE_SIZE",
    "SEARCH_SORTS",
    "SORTS",
    "Card",
    "Choice",
    "Facet",
    "Facets",
    "Filters",
    "Sorts",
    "ancestors",
    "asked_values",
    "cards",
    "count",
    "facts",
    "for_cards",
    "has_value",
    "in_category",
    "in_order",
    "inside",
    "newest_and_recommended",
    "products",
    "read",
    "related_to",
]
