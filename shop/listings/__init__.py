"""Which lists show which products, and how many: kept beside the catalogue, so that no page has to work it out."""

from .counting import LONG, MOST_CHOICES, count_long_lists
from .kept import counted_once, forget_old
from .places import EVERYTHING, of_shelf, of_shelves, of_value, of_values
from .writing import is_due, refresh, refresh_all, refresh_due, refresh_later

__all__ = [
    "EVERYTHING",
    "LONG",
    "MOST_CHOICES",
    "count_long_lists",
    "counted_once",
    "forget_old",
    "is_due",
    "of_shelf",
    "of_shelves",
    "of_value",
    "of_values",
    "refresh",
    "refresh_all",
    "refresh_due",
    "refresh_later",
]
