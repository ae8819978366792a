"""What a shopper chooses for a cart beside its lines: where it goes, how, and which coupons."""

from collections.abc import Sequence

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cart.models import Cart, Coupon, ShippingMethod
from cart.models.coupons import plain_code
from cart.pricing.discounts import Circumstances, unusable

from .lines import touch

MOST_COUPONS = 10


class CouponRefused(Exception):
    """The code cannot be used: a sentence for the shopper says why."""


def ship_to(cart: Cart, *, country: str, method: str, methods: Sequence[ShippingMethod]) -> None:
    """Remember where the cart shall go and how, until it is said again.

    A country that none of the `methods` serves is not taken over, nor a method (its id) that is none of them.
    """
    chosen = {}
    if country != (cart.country or settings.SHOP_COUNTRY) and any(one.serves(country) for one in methods):
        chosen["country"] = country
    if method != cart.method and any(str(one.pk) == method for one in methods):
        chosen["method"] = method
    if chosen:
        Cart.objects.filter(pk=cart.pk).update(**chosen, updated=timezone.now())
        vars(cart).update(chosen)
    else:
        touch(cart)


def enter_coupon(cart: Cart, code: str) -> Coupon:
    """Use the coupon for this cart from now on; twice is as once. Raises CouponRefused with the reason.

    A coupon whose conditions the cart does not meet yet is kept: the quote says what is missing.
    """
    coupon = Coupon.objects.filter(code=plain_code(code), active=True).first() if plain_code(code) else None
    if coupon is None:
        raise CouponRefused(_("We do not know the code “%s”.") % code.strip()[:40])
    why = unusable(coupon, Circumstances(own=frozenset(cart.held_coupons)))
    if why:
        raise CouponRefused(why)
    with transaction.atomic():
        locked = Cart.objects.select_for_update().get(pk=cart.pk)
        if coupon.code in locked.coupon_codes:
            return coupon
        others = Coupon.objects.filter(code__in=locked.coupon_codes)
        for other in others:
            if not (coupon.stackable and other.stackable):
                facts = {"code": coupon.code, "other": other.code}
                raise CouponRefused(_("%(code)s cannot be used together with %(other)s.") % facts)
        if len(locked.coupon_codes) >= MOST_COUPONS:
            raise CouponRefused(_("That is enough: a cart takes %d codes.") % MOST_COUPONS)
        cart.coupon_codes = locked.coupon_codes = [*locked.coupon_codes, coupon.code]
        locked.save(update_fields=["coupon_codes", "updated"])
    return coupon


def drop_coupon(cart: Cart, code: str) -> None:
    """Use the coupon no longer. A code that is not in the cart changes nothing."""
    with transaction.atomic():
        locked = Cart.objects.select_for_update().get(pk=cart.pk)
        cart.coupon_codes = locked.coupon_codes = [other for other in locked.coupon_codes if other != code]
        locked.save(update_fields=["coupon_codes", "updated"])
