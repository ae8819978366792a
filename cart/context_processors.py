"""How many units are in the visitor's cart, for the header of every page."""

from typing import Any

from django.db.models import Sum
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from .models import CartLine
from .services import key_of


def cart(request: HttpRequest) -> dict[str, Any]:
    """`cart_count`; a visitor without a cart costs no query."""
    return {"cart_count": SimpleLazyObject(lambda: _count(request))}


def _count(request: HttpRequest) -> int:
    key = key_of(request)
    if not key:
        return 0
    lines = CartLine.objects.filter(cart__key=key, cart__closed_at=None, variant__product__published=True)
    return lines.aggregate(units=Sum("quantity"))["units"] or 0
