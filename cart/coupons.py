"""Coupons that orders use: claimed, given back, taken again; and random codes. Only this file writes Coupon.used."""

import secrets
from collections.abc import Iterator

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from .models import Coupon, CouponUse
from .models.coupons import customer_key
from .pricing import Quote
from .pricing.discounts import customer_limit

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # without 0 O 1 I, which people mix up
RANDOM_LETTERS = 10  # 50 bits: a million codes in use leave a guess a chance of one in a billion


class CouponGone(Exception):
    """A coupon of the quote can no longer be used: somebody was faster. `why` is for the shopper."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(f"{code}: {why}")
        self.code = code
        self.why = why


def claim(agreed: Quote, *, email: str, reference: str) -> None:
    """Use the coupons of a quote for the order `reference`, all or none. Raises CouponGone.

    Call it in the transaction that makes the order, after the order and before its stock: the coupons' rows stay
    locked until commit, so that the last use is given once, and a customer's uses are counted one after the other.
    """
    codes = [coupon.code for coupon in agreed.coupons]
    if not codes:
        return
    with transaction.atomic():
        coupons = list(Coupon.objects.filter(code__in=codes).order_by("pk"))
        for code in set(codes) - {coupon.code for coupon in coupons}:
            raise CouponGone(code, _("%(code)s is no longer valid.") % {"code": code})
        for coupon in coupons:
            _claim(coupon, customer_key(email), reference)


def _claim(coupon: Coupon, customer: str, reference: str) -> None:
    free = Coupon.objects.filter(Q(limit=None) | Q(used__lt=F("limit")), pk=coupon.pk, active=True)
    if not free.update(used=F("used") + 1):  # locks the row, or finds that somebody was faster
        raise CouponGone(coupon.code, _("%(code)s has been used up.") % {"code": coupon.code})
    limit = customer_limit(coupon)
    if limit is not None and coupon.uses.counted().filter(customer=customer).count() >= limit:
        raise CouponGone(coupon.code, _("You have used %(code)s already.") % {"code": coupon.code})
    CouponUse.objects.create(coupon=coupon, reference=reference, customer=customer)


def give_back(reference: str) -> None:
    """Let others use the coupons of an order that ended unpaid. A second call gives nothing more back.

    Call it with the order locked, before its stock is released.
    """
    with transaction.atomic():
        for use in CouponUse.objects.counted().filter(reference=reference).order_by("coupon_id"):
            if CouponUse.objects.counted().filter(pk=use.pk).update(given_back_at=timezone.now()):
                Coupon.objects.filter(pk=use.coupon_id).update(used=F("used") - 1)


def take_again(reference: str) -> list[str]:
    """Use the coupons of an ended order that is paid after all; the codes that now go beyond their limit.

    Money is never refused because of a coupon: beyond its limit it is taken all the same. Call it with the order
    locked, before its stock is reserved. A second call takes nothing more.
    """
    beyond = []
    with transaction.atomic():
        ended = CouponUse.objects.filter(reference=reference).exclude(given_back_at=None)
        for use in ended.select_related("coupon").order_by("coupon_id"):
            if not ended.filter(pk=use.pk).update(given_back_at=None):
                continue
            Coupon.objects.filter(pk=use.coupon_id).update(used=F("used") + 1)
            use.coupon.refresh_from_db(fields=["used", "limit"])
            if use.coupon.limit is not None and use.coupon.used > use.coupon.limit:
                beyond.append(use.coupon.code)
    return beyond


def make_many(pattern: Coupon, count: int, *, prefix: str = "") -> list[Coupon]:
    """Save `count` coupons like `pattern`, which is not saved itself, each with a random code behind `prefix`."""
    made: list[Coupon] = []
    while len(made) < count:
        codes = {code for code, _n in zip(_random_codes(prefix), range(count - len(made)), strict=False)}
        codes -= set(Coupon.objects.filter(code__in=codes).values_list("code", flat=True))
        made += Coupon.objects.bulk_create(_like(pattern, code) for code in sorted(codes))
    return made


def _random_codes(prefix: str) -> Iterator[str]:
    while True:
        yield prefix + "".join(secrets.choice(ALPHABET) for _position in range(RANDOM_LETTERS))


def _like(pattern: Coupon, code: str) -> Coupon:
    copied = {field.attname: getattr(pattern, field.attname) for field in Coupon._meta.concrete_fields}
    return Coupon(**copied | {"id": None, "code": code, "used": 0})


def forget_uses() -> None:
    """Forget every use of every coupon, with the trial orders that they were made for."""
    CouponUse.objects.all().delete()
    Coupon.objects.update(used=0)
