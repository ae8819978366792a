"""The lines of a cart: put in, changed, taken out, merged with another cart's."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import CharField, DateTimeField, Sum
from django.utils import timezone
from django.utils.translation import gettext as _, ngettext

from background.inserting import insert
from background.prepared import Given, Prepared
from cart.models import Cart, CartLine
from shop.models import Variant, is_published
from shop.stock import OutOfStock

HOUR = timedelta(hours=1)
GROW = """
INSERT INTO cart_cartline (cart_id, variant_id, name, quantity, shown_price)
VALUES (%(cart)s, %(variant)s, %(name)s, %(quantity)s, %(price)s)
ON CONFLICT (cart_id, variant_id) DO UPDATE SET quantity = CASE
    WHEN cart_cartline.quantity + excluded.quantity < %(limit)s THEN cart_cartline.quantity + excluded.quantity
    ELSE %(limit)s END
RETURNING quantity
"""
_sold = Prepared(
    lambda: CartLine.objects.filter(
        is_published("variant__product__", Given("now", DateTimeField())),
        cart__key=Given("key", CharField()),
        cart__closed_at=None,
    ).only("quantity"),
    planned_once=True,
)


class LimitReached(Exception):
    """One order may not have more of it: says how many it may have."""


def maximum_of(variant: Variant) -> int:
    """How many units of it one order may have."""
    return variant.maximum_per_order or settings.CART_MAXIMUM_UNITS


def add(cart: Cart | None, variant: Variant, quantity: int) -> tuple[Cart, int]:
    """Put `quantity` more units into the cart, making one where there is none; (the cart, units now in its line).

    A line never grows past what is available, nor past what one order may have. Raises OutOfStock for a sold-out
    variant, and LimitReached where the cart has as many as an order may have already.
    """
    available = cart.available(variant) if cart else variant.available
    if available < 1:
        raise OutOfStock(variant.pk)
    limit = min(available, maximum_of(variant), _room(cart, variant))
    if limit < 1:
        raise LimitReached(order_limit_words())
    if cart and available > limit <= _units_of(cart, variant):
        raise LimitReached(_line_limit_words(variant) if limit == maximum_of(variant) else order_limit_words())
    with transaction.atomic():
        if cart:
            touch(cart)
        else:
            cart = Cart()
            insert(cart)
        return cart, _grow(cart, variant, quantity, limit)


def _grow(cart: Cart, variant: Variant, quantity: int, limit: int) -> int:
    """Make the line, or let it grow, up to the limit; the units now in it. Two tabs at once both count."""
    values: dict[str, Any] = {"cart": cart.pk, "variant": variant.pk}
    values |= {"name": str(variant)[:270], "price": variant.price}
    with connection.cursor() as cursor:
        cursor.execute(GROW, values | {"quantity": min(quantity, limit), "limit": limit})
        return int(cursor.fetchone()[0])


def _units_of(cart: Cart, variant: Variant) -> int:
    """How many units the cart has in this variant's line."""
    return sum(cart.lines.filter(variant=variant).values_list("quantity", flat=True))


def _room(cart: Cart | None, variant: Variant) -> int:
    """How many units of this variant fit beside the other lines into one order."""
    if not settings.ORDER_MAXIMUM_UNITS:
        return maximum_of(variant)
    others = cart.lines.exclude(variant=variant).aggregate(units=Sum("quantity"))["units"] if cart else 0
    return settings.ORDER_MAXIMUM_UNITS - (others or 0)


def order_limit_words() -> str:
    limit = settings.ORDER_MAXIMUM_UNITS
    return ngettext(
        "One order may have at most %(units)d unit in all.", "One order may have at most %(units)d units in all.", limit
    ) % {"units": limit}


def _line_limit_words(variant: Variant) -> str:
    return _("One order may have at most %(units)d of %(name)s.") % {"units": maximum_of(variant), "name": variant}


def set_quantity(cart: Cart, variant_id: int, quantity: int) -> CartLine | None:
    """Make the line hold `quantity` units; 0 removes it. A line that is gone stays gone. What it was before.

    Raises LimitReached, and changes nothing, for more than one order may have; more than is available is kept, and
    the cart says so.
    """
    line = cart.lines.filter(variant_id=variant_id).select_related("variant__product").first()
    if line is None or line.variant is None:
        return None
    if quantity > maximum_of(line.variant):
        raise LimitReached(_line_limit_words(line.variant))
    if quantity > max(line.quantity, _room(cart, line.variant)):
        raise LimitReached(order_limit_words())
    lines = cart.lines.filter(pk=line.pk)
    if quantity:
        lines.update(quantity=quantity)
    else:
        lines.delete()
    touch(cart)
    return line


def units_in(key: str) -> int:
    """How many units are in the open cart with this key, of products that are still sold."""
    return sum(line.quantity for line in _sold(key=key, now=timezone.now()))


def drop(lines: Iterable[CartLine]) -> None:
    """Remove these lines. Lines that are gone stay gone."""
    CartLine.objects.filter(pk__in=[line.pk for line in lines]).delete()


def accept_prices(cart: Cart, accepted: Mapping[int, Decimal]) -> None:
    """Note that the shopper agrees to the prices (variant id -> price) that the page showed beside the old ones.

    A price that has moved on since is asked about again.
    """
    for variant_id, price in accepted.items():
        cart.lines.filter(variant_id=variant_id).update(shown_price=price)
    touch(cart)


def merge(cart: Cart, other: Cart) -> None:
    """Put what is in `other` into `cart`, too: of each variant the larger quantity, so that twice is as once.

    Lines that are no longer sold stay behind, and no line grows past what it may.
    """
    for line in other.lines.select_related("variant__product"):
        variant = line.variant
        if variant is None or not variant.product.is_published:
            continue
        have = _units_of(cart, variant)
        if line.quantity > have:
            try:
                add(cart, variant, line.quantity - have)
            except (OutOfStock, LimitReached):
                continue  # the rest still comes over
    codes = [*cart.coupon_codes, *(code for code in other.coupon_codes if code not in cart.coupon_codes)]
    Cart.objects.filter(pk=cart.pk).update(coupon_codes=codes)


def touch(cart: Cart) -> None:
    """Note that somebody still uses this cart: once an hour, since it is kept for days."""
    now = timezone.now()
    if cart.updated < now - HOUR:
        Cart.objects.filter(pk=cart.pk).update(updated=now)
