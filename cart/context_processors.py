"""How many units are in the visitor's cart, for the header of every page."""

from functools import cache
from typing import Any

from django.http import HttpRequest

from .services import key_of, units_in


def cart(request: HttpRequest) -> dict[str, Any]:
    """`cart_count`; a visitor without a cart costs no query.

    A function that templates call, and not a lazy object: plural forms are worked out with a number only.
    """
    return {"cart_count": cache(lambda: _count(request))}


def _count(request: HttpRequest) -> int:
    key = key_of(request)
    return units_in(key) if key else 0
