"""Shipping: which methods serve a destination, and what they cost for this weight or value."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from background.prepared import Prepared
from cart.models import ShippingMethod, ShippingPrice
from shop.languages import locale
from shop.money import round_money

from .quotes import ZERO, QuoteLine, Rule, ShippingChoice
from .words import country_name, money, number

GRAMS = 1000
Countries = tuple[tuple[str, str], ...]  # code and name of each, by name
JOINED = {"countries_": "countries", "minimum_": "minimum", "price_": "price", "band_": "pk"}
_rows: Prepared[Any] = Prepared(
    lambda: (
        ShippingMethod.objects.filter(active=True)
        .annotate(**{to: F(f"prices__{of}") for to, of in JOINED.items()})
        .order_by("position", "pk")
    ),
    planned_once=True,
)


@dataclass(frozen=True)
class Parcel:
    """What is to be sent: where, how heavy (grams), and what the goods are worth after discounts."""

    country: str
    weight: int
    worth: Decimal


def parcel(country: str, lines: Iterable[QuoteLine]) -> Parcel:
    lines = list(lines)
    weight = sum(line.variant.weight * line.quantity for line in lines)
    return Parcel(country, weight, sum((line.total for line in lines), ZERO))


def active_methods() -> list[ShippingMethod]:
    """The ways to send an order, the preferred ones first, with their bands of prices: one query."""
    methods: dict[int, ShippingMethod] = {}
    for row in _rows():
        method = methods.setdefault(row.pk, row)
        if row.band_ is not None:
            band = {of: getattr(row, to) for to, of in JOINED.items()}
            method.bands = (*method.bands, ShippingPrice(method=method, **band))
    return list(methods.values())


def served_countries(methods: Iterable[ShippingMethod]) -> Countries:
    """(code, name) of every country that some method serves, by name in the visitor's language."""
    codes = frozenset(code for method in methods for code in method.countries.split())
    return _by_name(codes, locale())


@lru_cache
def _by_name(codes: frozenset[str], _language: str) -> Countries:
    return tuple(sorted(((code, country_name(code)) for code in codes), key=lambda pair: pair[1]))


def offers(
    methods: Sequence[ShippingMethod], sent: Parcel, *, wanted: str, currency: str
) -> tuple[list[ShippingChoice], list[Rule]]:
    """The methods that can take this parcel, one of them chosen: `wanted`, or the first. Sentences about the others."""
    serving = [method for method in methods if method.serves(sent.country)]
    able = [method for method in serving if method.maximum_weight is None or sent.weight <= method.maximum_weight]
    rules = [_too_heavy(method) for method in serving if method not in able]
    if not serving:
        rules = [Rule(False, _("We do not ship to %(country)s.") % {"country": country_name(sent.country)})]
    chosen = next((method for method in able if str(method.pk) == wanted), able[0] if able else None)
    choices = [
        ShippingChoice(
            id=str(method.pk),
            name=method.name,
            price=price_of(method, sent, currency),
            delivery=method.delivery,
            is_chosen=method is chosen,
        )
        for method in able
    ]
    return choices, rules + (_free_shipping(chosen, sent) if chosen else [])


def price_of(method: ShippingMethod, sent: Parcel, currency: str) -> Decimal:
    """What this parcel costs: nothing from the method's free amount on; else the highest band it reaches.

    Bands that name its country go before bands for all; without any that fits, the method's own price.
    """
    if method.free_from is not None and sent.worth >= method.free_from:
        return ZERO
    measured = Decimal(sent.weight) if method.basis == ShippingMethod.Basis.WEIGHT else sent.worth
    reached = [band for band in method.bands if band.minimum <= measured]
    named = [band for band in reached if sent.country in band.countries.split()]
    general = [band for band in reached if not band.countries]
    band = max(named or general, key=lambda band: band.minimum, default=None)
    return round_money(method.price if band is None else band.price, currency)


def _free_shipping(method: ShippingMethod, sent: Parcel) -> list[Rule]:
    if method.free_from is None:
        return []
    if sent.worth >= method.free_from:
        return [Rule(True, _("Shipping is free."))]
    missing = money(method.free_from - sent.worth)
    return [Rule(False, _("Spend %(amount)s more for free shipping.") % {"amount": missing})]


def _too_heavy(method: ShippingMethod) -> Rule:
    most = number(Decimal(method.maximum_weight or 0) / GRAMS)
    words = _("%(method)s carries up to %(weight)s kg: your order is heavier.")
    return Rule(False, words % {"method": method.name, "weight": most})
