"""What becomes of a cart through its orders: held, taken out, and removed when nobody comes back."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from cart.models import Cart


def hold(key: str, units: Mapping[int, int], coupons: Sequence[str] = ()) -> None:
    """Note the units (variant id -> units) and coupons that the cart's own order keeps; none once that has ended."""
    held = {str(variant_id): count for variant_id, count in units.items()}
    Cart.objects.filter(key=key).update(held=held, held_coupons=list(coupons), updated=timezone.now())


def take_out(key: str, bought: Mapping[int, int]) -> None:
    """Take what was bought (variant id -> units) out of the cart with this key, and close it if it is empty then.

    What was added while the payment page was open stays, and the coupons go: their order has used them. Callers guard
    against a second call by the order's status.
    """
    cart = Cart.objects.filter(key=key, closed_at=None).first()
    if cart is None:
        return
    for variant_id, units in bought.items():
        line = cart.lines.filter(variant_id=variant_id)
        if not line.filter(quantity__lte=units).delete()[0]:
            line.update(quantity=F("quantity") - units)
    cart.held, cart.held_coupons, cart.coupon_codes = {}, [], []
    cart.closed_at = None if cart.lines.exists() else timezone.now()
    cart.save(update_fields=["held", "held_coupons", "coupon_codes", "closed_at", "updated"])


def remove(key: str) -> None:
    """Delete the cart with this key, if it is still there."""
    Cart.objects.filter(key=key).delete()


def remove_old(batch: int) -> int:
    """Remove up to `batch` open carts that nobody used for CART_KEEP_DAYS days and no order waits for; how many."""
    limit = timezone.now() - timedelta(days=settings.CART_KEEP_DAYS)
    with transaction.atomic():
        old = Cart.objects.filter(closed_at=None, held={}, updated__lt=limit).order_by("updated")
        keys = list(old.select_for_update(skip_locked=True).values_list("pk", flat=True)[:batch])
        Cart.objects.filter(pk__in=keys).delete()
    return len(keys)
