"""Everything that changes a cart. Lines are written by upsert, so two tabs never lose an add."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.core.signing import BadSignature
from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Least
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from shop.models import Variant
from shop.stock import OutOfStock

from .models import Cart, CartLine

COOKIE_AGE = 90 * 24 * 3600
COOKIE_SALT = "cart"
MAXIMUM_UNITS = 99  # of one variant in one cart; more is a phone call


def key_of(request: HttpRequest) -> str:
    """The cart key that the browser holds; empty without one, or with one that is forged or older than 90 days."""
    try:
        return str(request.get_signed_cookie(settings.CART_COOKIE_NAME, salt=COOKIE_SALT, max_age=COOKIE_AGE))
    except (KeyError, BadSignature):
        return ""


def cart_of(request: HttpRequest) -> Cart | None:
    """The visitor's open cart. None, and no query, without a cookie."""
    key = key_of(request)
    return Cart.objects.filter(key=key, closed_at=None).first() if key else None


def remember(response: HttpResponse, cart: Cart) -> None:
    """Let the browser keep the cart's key for another 90 days."""
    response.set_signed_cookie(
        settings.CART_COOKIE_NAME,
        cart.key,
        salt=COOKIE_SALT,
        max_age=COOKIE_AGE,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def add(cart: Cart | None, variant: Variant, quantity: int) -> tuple[Cart, int]:
    """Put `quantity` more units into the cart, making one where there is none; (the cart, units now in its line).

    A line never grows past what is available or MAXIMUM_UNITS. Raises OutOfStock for a sold-out variant.
    """
    limit = min(cart.available(variant) if cart else variant.available, MAXIMUM_UNITS)
    if limit < 1:
        raise OutOfStock(variant.pk)
    cart = cart or Cart.objects.create()
    line = cart.lines.filter(variant=variant)
    grown: dict[str, Any] = {"quantity": Least(F("quantity") + quantity, limit)}
    if not line.update(**grown):
        try:
            with transaction.atomic():
                cart.lines.create(variant=variant, quantity=min(quantity, limit))
        except IntegrityError:  # another tab was faster: its line grows
            line.update(**grown)
    return cart, line.values_list("quantity", flat=True).get()


def set_quantity(cart: Cart, variant_id: int, quantity: int) -> None:
    """Make the line hold `quantity` units; 0 removes it. A line that is gone stays gone."""
    line = cart.lines.filter(variant_id=variant_id)
    if quantity:
        line.update(quantity=min(quantity, MAXIMUM_UNITS))
    else:
        line.delete()


def drop(lines: Iterable[CartLine]) -> None:
    """Remove these lines. Lines that are gone stay gone."""
    CartLine.objects.filter(pk__in=[line.pk for line in lines]).delete()


def hold(key: str, units: Mapping[int, int]) -> None:
    """Note the units (variant id -> units) that the cart's own order keeps for it; none once that has ended."""
    Cart.objects.filter(key=key).update(held={str(variant_id): count for variant_id, count in units.items()})


def take_out(key: str, bought: Mapping[int, int]) -> None:
    """Take what was bought (variant id -> units) out of the cart with this key, and close it if it is empty then.

    What was added while the payment page was open stays. Callers guard against a second call by the order's status.
    """
    cart = Cart.objects.filter(key=key, closed_at=None).first()
    if cart is None:
        return
    for variant_id, units in bought.items():
        line = cart.lines.filter(variant_id=variant_id)
        line.filter(quantity__lte=units).delete()
        line.update(quantity=F("quantity") - units)
    cart.held = {}
    cart.closed_at = None if cart.lines.exists() else timezone.now()
    cart.save(update_fields=["held", "closed_at", "updated"])
