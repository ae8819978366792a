"""What pages read of the catalogue, in a number of queries that does not grow with the products. Writes nothing."""

from .cards import Card, cards, facts, for_cards
from .listing import DEFAULT_SORT, PAGE_SIZE, SORTS, in_category, in_order, products, related_to, with_value
from .shelves import ancestors, inside

__all__ = [
    "DEFAULT_SORT",
    "PAGE_SIZE",
    "SORTS",
    "Card",
    "ancestors",
    "cards",
    "facts",
    "for_cards",
    "in_category",
    "in_order",
    "inside",
    "products",
    "related_to",
    "with_value",
]
