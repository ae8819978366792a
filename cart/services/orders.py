"""What becomes of a cart through its orders: held, taken out, and removed when nobody comes back."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import reduce
from operator import or_

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Case, Exists, F, Q, When
from django.utils import timezone

from cart.models import Cart, CartLine

# Each order does it, and the ORM takes longer to word it than the database to run it.
HOLD = "UPDATE cart_cart SET held = %s, held_coupons = %s, updated = %s WHERE key = %s"


def hold(key: str, units: Mapping[int, int], coupons: Sequence[str] = ()) -> None:
    """Note the units (variant id -> units) and coupons that the cart's own order keeps; none once that has ended."""
    held = {str(variant_id): count for variant_id, count in units.items()}
    columns = {field.name: field for field in Cart._meta.concrete_fields}
    now = {"held": held, "held_coupons": list(coupons), "updated": timezone.now()}
    values = [columns[name].get_db_prep_save(value, connection) for name, value in now.items()]
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [*values, key])


def take_out(key: str, bought: Mapping[int, int]) -> None:
    """Take what was bought (variant id -> units) out of the cart with this key, and close it if it is empty then.

    What was added while the payment page was open stays, and the coupons go: their order has used them. Callers guard
    against a second call by the order's status.
    """
    cart = Cart.objects.filter(key=key, closed_at=None).values_list("pk", flat=True).first()
    if cart is None:
        return
    lines = CartLine.objects.filter(cart=cart)
    used_up = [Q(variant=variant_id, quantity__lte=units) for variant_id, units in bought.items()]
    if bought and lines.filter(reduce(or_, used_up)).delete()[0] < len(bought):
        for variant_id, units in bought.items():
            lines.filter(variant=variant_id, quantity__gt=units).update(quantity=F("quantity") - units)
    now = timezone.now()
    closed_at = Case(When(Exists(lines), then=None), default=now)
    Cart.objects.filter(pk=cart).update(held={}, held_coupons=[], coupon_codes=[], closed_at=closed_at, updated=now)


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
