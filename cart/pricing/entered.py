"""The coupons that a cart has entered, and what else they depend on, read from the database."""

from collections.abc import Sequence

from django.db.models import Count
from django.utils import timezone

from cart.models import Cart, Coupon, CouponUse
from cart.models.coupons import customer_key
from shop.models import Category

from .discounts import Circumstances
from .quotes import CustomerFacts


def coupons_of(cart: Cart) -> list[Coupon]:
    """The cart's coupons in the order of entry, without those that no longer exist."""
    found = Coupon.objects.filter(code__in=cart.coupon_codes).select_related("category", "product")
    by_code = {coupon.code: coupon for coupon in found}
    return [by_code[code] for code in cart.coupon_codes if code in by_code]


def circumstances(cart: Cart, coupons: Sequence[Coupon], customer: CustomerFacts) -> Circumstances:
    """What these coupons depend on: asks for shelves and for earlier uses only where a coupon needs them."""
    uses, parents = {}, {}
    if customer.email:
        used = CouponUse.objects.counted().filter(coupon__in=coupons, customer=customer_key(customer.email))
        counts = used.values("coupon_id").annotate(times=Count("pk")).order_by()
        uses = {row["coupon_id"]: row["times"] for row in counts}
    if any(coupon.category_id for coupon in coupons):
        parents = dict(Category.objects.order_by().values_list("pk", "parent_id"))
    return Circumstances(customer, frozenset(cart.held_coupons), uses, parents, timezone.now())
