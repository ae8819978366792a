"""What pages read of the catalogue, in a number of queries that does not grow with the products. Writes nothing."""

from .cards import Card, Offer, Told, of_products, page_of
from .facets import Choice, Facet, Facets, count
from .filters import Filters, asked_values, read
from .first import newest_and_recommended
from .scopes import LONG, PAGE_SIZE, RECOMMENDED, SEARCH_SORTS, SORTS, Order, Scope, Sorts, products
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
    "Offer",
    "Order",
    "Scope",
    "Sorts",
    "Told",
    "ancestors",
    "asked_values",
    "count",
    "newest_and_recommended",
    "of_products",
    "page_of",
    "products",
    "read",
]
