"""Prices and stock of many variants at once: what would come of a rule, and its application."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext as _, gettext_lazy

from . import prices, stock
from .models import Variant
from .money import maximum_charge, round_money

MOST = 1000  # variants: they are locked together


class Rule(models.TextChoices):
    """What becomes of a price, given a number."""

    KEEP = "keep", gettext_lazy("leave as it is")
    PERCENT = "percent", gettext_lazy("change by percent")
    AMOUNT = "amount", gettext_lazy("change by an amount")
    SET = "set", gettext_lazy("set to")


@dataclass(frozen=True)
class Change:
    """What the rule makes of one variant; `problem` says why it cannot be."""

    variant: Variant
    price: Decimal
    units: int

    @property
    def on_hand(self) -> int:
        return self.variant.on_hand + self.units

    @property
    def problem(self) -> str:
        if not 0 <= self.price <= maximum_charge(settings.SHOP_CURRENCY):
            return _("No such price can be charged.")
        if self.on_hand < self.variant.reserved:
            return _("%(units)d units are promised to orders.") % {"units": self.variant.reserved}
        return ""


class Moved(Exception):
    """Prices are not those any more that were looked at; nothing was changed."""


def changes(product_ids: Iterable[int], *, rule: Rule, number: Decimal, units: int) -> list[Change]:
    """What the rule and a delivery of `units` each would make of the products' variants. Prices are rounded."""
    rows = Variant.objects.filter(product__in=list(product_ids)).select_related("product").order_by("pk")
    return [_change(variant, rule, number, units) for variant in rows[: MOST + 1]]


def digest(changed: Sequence[Change]) -> str:
    """Of the prices before and after: the same as long as the preview is true."""
    told = "\n".join(f"{change.variant.pk} {change.variant.price:f} {change.price:f}" for change in changed)
    return hashlib.sha256(told.encode()).hexdigest()


def apply(previewed: Sequence[Change], *, shown: str, reason: str, actor: str) -> int:
    """Write what was previewed, all or nothing; how many variants changed.

    `shown` is the digest of what somebody looked at. Raises Moved where it is not what would be written, and
    stock.OutOfStock where an order was faster. A second call with the same `shown` changes no price.
    """
    if digest(previewed) != shown:
        raise Moved
    with transaction.atomic():
        ids = [change.variant.pk for change in previewed]
        locked = Variant.objects.select_for_update().filter(pk__in=ids).order_by("pk")
        now = dict(locked.values_list("pk", "price"))
        if any(now.get(change.variant.pk) != change.variant.price for change in previewed):
            raise Moved
        moved = [change for change in previewed if change.price != change.variant.price]
        prices.set_prices({change.variant.pk: change.price for change in moved})
        units = {change.variant.pk: change.units for change in previewed}
        stock.adjust_many(units, reference=reason, actor=actor)
    return sum(1 for change in previewed if change.units or change.price != change.variant.price)


def _change(variant: Variant, rule: Rule, number: Decimal, units: int) -> Change:
    new = {
        Rule.KEEP: variant.price,
        Rule.PERCENT: variant.price * (1 + number / 100),
        Rule.AMOUNT: variant.price + number,
        Rule.SET: number,
    }[rule]
    price = variant.price if rule == Rule.KEEP else round_money(new, settings.SHOP_CURRENCY)
    return Change(variant, price, units)
