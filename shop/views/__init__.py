"""The catalogue's pages. Each reads and shows."""

from .lists import product_list, product_list_by_attribute, product_list_by_category
from .product import product_detail
from .search import product_search, suggestions
from .site import help_page, robots, speculation_rules

__all__ = [
    "help_page",
    "product_detail",
    "product_list",
    "product_list_by_attribute",
    "product_list_by_category",
    "product_search",
    "robots",
    "speculation_rules",
    "suggestions",
]
