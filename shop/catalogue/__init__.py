"""What pages read of the catalogue, in a number of queries that does not grow with the products. Writes nothing."""

from .cards import Card, cards, facts, for_cards, gallery, names, with_gallery
from .facets import Choice, Facet, Facets, count
from .filters import Filters, asked_values, read
from .first import newest_and_recommended
from .scopes import LONG, PAGE_SIZE, RECOMMENDED, SEARCH_SORTS, SORTS, Scope, Sorts, page_of, products
from .shelves import ancestors

__all__ = [
    "LONG",
    "PAGE_SIZE",
    "RECOMMENDED",
    "SEARCH_SORTS",
    "SORTS",
    "Card",
    "Choice",
    "Facet",
    "Facets",
    "Filters",
    "Scope",
    "Sorts",
    "ancestors",
    "asked_values",
    "cards",
    "count",
    "facts",
    "for_cards",
    "gallery",
    "names",
    "newest_and_recommended",
    "page_of",
    "products",
    "read",
    "with_gallery",
]
