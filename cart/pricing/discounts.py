"""Discounts: which of a cart's coupons apply, what each takes off every line, and why one does not apply."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _, ngettext

from cart.models import Coupon
from shop.money import quantum, round_money

from .quotes import ZERO, AppliedCoupon, CustomerFacts, QuoteLine, Rule
from .words import day, money, percent

HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Circumstances:
    """What coupons depend on beside the lines. `own` are codes that the cart's own unpaid order uses already.

    `uses` says how often this customer used a coupon (by its pk), `parents` each shelf's parent (by pk).
    """

    customer: CustomerFacts = field(default_factory=CustomerFacts)
    own: frozenset[str] = frozenset()
    uses: Mapping[int, int] = field(default_factory=dict)
    parents: Mapping[int, int | None] = field(default_factory=dict)
    now: datetime = field(default_factory=timezone.now)


def discounted(
    lines: Sequence[QuoteLine], coupons: Sequence[Coupon], facts: Circumstances, currency: str
) -> tuple[tuple[QuoteLine, ...], tuple[AppliedCoupon, ...], list[Rule]]:
    """The lines with their discounts, the coupons that made them, and a sentence for each coupon.

    Percentages come before amounts, each on what the coupons before it left; equal kinds in the order of entry. No
    line goes below zero.
    """
    lines, applied, rules = tuple(lines), [], []
    for coupon, why in _in_turn(lines, coupons, facts):
        if why:
            rules.append(Rule(False, why, coupon.code))
            continue
        shares = _shares(lines, coupon, facts, currency)
        amount = sum(shares, ZERO)
        sentence = _applied(coupon, amount)
        lines = tuple(replace(line, discount=line.discount + share) for line, share in zip(lines, shares, strict=True))
        applied.append(AppliedCoupon(coupon.code, amount, sentence))
        rules.append(Rule(True, sentence, coupon.code))
    return lines, tuple(applied), rules


def _in_turn(lines: Sequence[QuoteLine], coupons: Sequence[Coupon], facts: Circumstances) -> list[tuple[Coupon, str]]:
    """Each coupon with why it does not apply, in the order in which they are taken."""
    turns: list[tuple[Coupon, str]] = []
    taken: list[Coupon] = []
    for coupon in coupons:
        why = refusal(coupon, lines, facts) or _not_beside(coupon, taken)
        if not why:
            taken.append(coupon)
        turns.append((coupon, why))
    return sorted(turns, key=lambda turn: turn[0].kind != Coupon.Kind.PERCENT)


def _not_beside(coupon: Coupon, taken: Sequence[Coupon]) -> str:
    other = next((other for other in taken if not (coupon.stackable and other.stackable)), None)
    if other is None:
        return ""
    return _("%(code)s cannot be used together with %(other)s.") % {"code": coupon.code, "other": other.code}


def refusal(coupon: Coupon, lines: Sequence[QuoteLine], facts: Circumstances) -> str:
    """Why the coupon does not apply to these lines, in a sentence; empty where it does."""
    return unusable(coupon, facts) or _not_for(coupon, facts) or _missing(coupon, _eligible(lines, coupon, facts))


def no_longer_valid(code: str) -> str:
    return _("%(code)s is no longer valid.") % {"code": code}


def unusable(coupon: Coupon, facts: Circumstances) -> str:
    """Why nobody can use it now, whatever is in the cart; empty where one can."""
    code = {"code": coupon.code}
    if not coupon.active or (coupon.valid_until and coupon.valid_until <= facts.now):
        return no_longer_valid(coupon.code)
    if coupon.valid_from and facts.now < coupon.valid_from:
        begin = {"day": day(timezone.localdate(coupon.valid_from))}
        return _("%(code)s is valid from %(day)s on.") % (code | begin)
    if coupon.limit is not None and coupon.used >= coupon.limit and coupon.code not in facts.own:
        return _("%(code)s has been used up.") % code
    return ""


def _not_for(coupon: Coupon, facts: Circumstances) -> str:
    if coupon.first_order_only and facts.customer.paid_orders:
        return _("%(code)s is for a first order only.") % {"code": coupon.code}
    used = facts.uses.get(coupon.pk, 0) - (coupon.code in facts.own)
    limit = customer_limit(coupon)
    if limit is not None and used >= limit:
        return ngettext(
            "%(code)s can be used once per customer, and you have used it.",
            "%(code)s can be used %(limit)d times per customer, and you have used it as often.",
            limit,
        ) % {"code": coupon.code, "limit": limit}
    return ""


def customer_limit(coupon: Coupon) -> int | None:
    """How many orders of one customer may use it: one, where it is for a first order."""
    return 1 if coupon.first_order_only else coupon.limit_per_customer


def _missing(coupon: Coupon, eligible: Sequence[QuoteLine]) -> str:
    """What the cart lacks for this coupon."""
    what = str(coupon.product or coupon.category or "")
    facts = {"code": coupon.code, "what": what}
    if not eligible:
        return _("%(code)s is for %(what)s only.") % facts if what else _("%(code)s needs something to buy.") % facts
    units = sum(line.quantity for line in eligible)
    if coupon.minimum_quantity and units < coupon.minimum_quantity:
        return _too_few(coupon.minimum_quantity, what) % (facts | {"units": units, "count": coupon.minimum_quantity})
    spent = sum((line.subtotal for line in eligible), ZERO)
    if coupon.minimum_spend and spent < coupon.minimum_spend:
        missing = {"missing": money(coupon.minimum_spend - spent)}
        if what:
            return _("Spend %(missing)s more on %(what)s to use %(code)s.") % (facts | missing)
        return _("Spend %(missing)s more to use %(code)s.") % (facts | missing)
    return ""


def _too_few(count: int, what: str) -> str:
    if what:
        return ngettext(
            "%(code)s needs %(count)d unit of %(what)s: your cart has %(units)d.",
            "%(code)s needs %(count)d units of %(what)s: your cart has %(units)d.",
            count,
        )
    return ngettext(
        "%(code)s needs %(count)d unit: your cart has %(units)d.",
        "%(code)s needs %(count)d units: your cart has %(units)d.",
        count,
    )


def _eligible(lines: Sequence[QuoteLine], coupon: Coupon, facts: Circumstances) -> list[QuoteLine]:
    return [line for line in lines if _is_for(line, coupon, facts)]


def _is_for(line: QuoteLine, coupon: Coupon, facts: Circumstances) -> bool:
    product = line.variant.product
    if coupon.product_id is not None:
        return product.pk == coupon.product_id
    if coupon.category_id is None:
        return True
    shelf: int | None = product.category_id
    seen: set[int] = set()
    while shelf is not None and shelf != coupon.category_id and shelf not in seen:
        seen.add(shelf)
        shelf = facts.parents.get(shelf)
    return shelf == coupon.category_id


def _shares(lines: Sequence[QuoteLine], coupon: Coupon, facts: Circumstances, currency: str) -> list[Decimal]:
    """What the coupon takes off each line."""
    worth = [line.total if _is_for(line, coupon, facts) else ZERO for line in lines]
    whole = sum(worth, ZERO)
    wanted = whole * coupon.value / HUNDRED if coupon.kind == Coupon.Kind.PERCENT else coupon.value
    return distribute(min(round_money(wanted, currency), whole), worth, currency)


def distribute(amount: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """Split `amount` in proportion to the weights, exactly, in steps that can be charged (largest remainder).

    With an amount of at most the weights' sum no share is larger than its weight.
    """
    step = quantum(currency)
    counts, units = [int(weight / step) for weight in weights], int(amount / step)
    whole = sum(counts)
    if not whole:
        return [ZERO for _weight in weights]
    shares = [units * count // whole for count in counts]
    by_remainder = sorted(range(len(counts)), key=lambda n: (-(units * counts[n] % whole), n))
    for n in by_remainder[: units - sum(shares)]:
        shares[n] += 1
    return [share * step for share in shares]


def _applied(coupon: Coupon, amount: Decimal) -> str:
    what = str(coupon.product or coupon.category or "")
    facts = {"code": coupon.code, "amount": money(amount), "percent": percent(coupon.value), "what": what}
    if coupon.kind == Coupon.Kind.AMOUNT:
        return _("%(code)s takes %(amount)s off.") % facts
    if what:
        return _("%(code)s takes %(percent)s off %(what)s: you save %(amount)s.") % facts
    return _("%(code)s takes %(percent)s off: you save %(amount)s.") % facts
