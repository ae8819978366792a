"""How many units are in the visitor's cart, for the header of every page."""

from functools import cache
from typing import Any

from django.db.models import Sum
from django.http import HttpRequest

from shop.models import is_published

from .models import CartLine
from .services import key_of


def cart(request: HttpRequest) -> dict[str, Any]:
    """`cart_count`; a visitor without a cart costs no query.

    A function that templates call, and not a lazy object: plural forms are worked out with a number only.
    """
    return {"cart_count": cache(lambda: _count(request))}


def _count(request: HttpRequest) -> int:
    key = key_of(request)
    if not key:
        return 0
    lines = CartLine.objects.filter(is_published("variant__product__"), cart__key=key, cart__closed_at=None)
    return lines.aggregate(units=Sum("quantity"))["units"] or 0
