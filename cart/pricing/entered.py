"""The coupons that a cart has entered, and what else they depend on, read from the database."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Case, Count, JSONField, Subquery, Value, When
from django.db.models.functions import JSONObject
from django.utils import timezone

from cart.models import Cart, Coupon, CouponUse
from cart.models.coupons import customer_key
from shop.catalogue.aggregates import JSONList
from shop.models import Category

from .discounts import Circumstances
from .quotes import CustomerFacts


def coupons_of(cart: Cart) -> list[Any]:
    """The cart's coupons in the order of entry, without those that no longer exist. One query.

    One that is for a shelf comes with the `tree` of all shelves.
    """
    shelves = Category.objects.order_by().annotate(all=Value(1)).values("all")
    tree = Subquery(shelves.annotate(json=JSONList(JSONObject(id="id", parent="parent_id"))).values("json"))
    found = Coupon.objects.filter(code__in=cart.coupon_codes).select_related("category", "product")
    found = found.annotate(tree=Case(When(category__isnull=False, then=tree), output_field=JSONField()))
    by_code = {coupon.code: coupon for coupon in found}
    return [by_code[code] for code in cart.coupon_codes if code in by_code]


def circumstances(cart: Cart, coupons: Sequence[Any], customer: CustomerFacts) -> Circumstances:
    """What these coupons of `coupons_of` depend on: asks for earlier uses only where it is known who buys."""
    uses: dict[int, int] = {}
    parents: dict[int, int | None] = {}
    if customer.email:
        used = CouponUse.objects.counted().filter(coupon__in=coupons, customer=customer_key(customer.email))
        counts = used.values("coupon_id").annotate(times=Count("pk")).order_by()
        uses = {row["coupon_id"]: row["times"] for row in counts}
    for coupon in coupons:
        parents |= {shelf["id"]: shelf["parent"] for shelf in coupon.tree or ()}
    return Circumstances(customer, frozenset(cart.held_coupons), uses, parents, timezone.now())
