"""The catalogue's pages. Each reads and shows."""

from .lists import product_list, product_list_by_attribute, product_list_by_category
from .product import product_detail
from .search import product_search

__all__ = [
    "product_detail",
    "product_list",
    "product_list_by_attribute",
    "product_list_by_category",
    "product_search",
]
