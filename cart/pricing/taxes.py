"""Tax: which rate a class of goods has at the destination, and what that makes of an amount."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.db.models import CharField, DateField
from django.utils import timezone

from background.prepared import Given, Prepared
from cart.models import TaxRate
from shop.models import TaxClass
from shop.money import round_money

from .quotes import ZERO, QuoteLine

# A country that has no rate of its own for a class taxes it by the next one. Nothing stands in for ZERO.
NEXT_CLASS = {
    TaxClass.SUPER_REDUCED: TaxClass.REDUCED,
    TaxClass.SECOND_REDUCED: TaxClass.REDUCED,
    TaxClass.REDUCED: TaxClass.STANDARD,
}

_rates = Prepared(
    lambda: (
        TaxRate.objects.on(Given("day", DateField()))
        .filter(country__in=[Given("here", CharField()), Given("home", CharField())])
        .order_by("valid_from")
    ),
    planned_once=True,
)


@dataclass(frozen=True)
class Rates:
    """The rates in force at one destination, by class, in percent. Without any it is an export: nothing is taxed."""

    by_class: Mapping[str, Decimal]
    at_home: Mapping[str, Decimal]

    @property
    def is_export(self) -> bool:
        return not self.by_class

    def of(self, tax_class: str) -> Decimal:
        return _rate(self.by_class, tax_class)

    def unit_price(self, price: Decimal, tax_class: str, currency: str) -> Decimal:
        """A catalogue price at this destination.

        It is the same everywhere, except that an export goes without the tax of the shop's own country where
        SHOP_EXPORTS_WITHOUT_TAX says so.
        """
        if self.is_export and settings.SHOP_PRICES_INCLUDE_TAX and settings.SHOP_EXPORTS_WITHOUT_TAX:
            price = price * 100 / (100 + _rate(self.at_home, tax_class))
        return round_money(price, currency)


def _rate(by_class: Mapping[str, Decimal], tax_class: str) -> Decimal:
    name: str | None = tax_class
    while name is not None:
        if name in by_class:
            return by_class[name]
        name = NEXT_CLASS.get(TaxClass(name))
    return ZERO


def rates_for(country: str, region: str = "") -> Rates:
    """Today's rates at the destination. A region's own rate goes before its country's."""
    home = settings.SHOP_COUNTRY
    found = _rates(day=timezone.localdate(), here=country, home=home)
    return Rates(_by_class(found, country, region), _by_class(found, home, ""))


def _by_class(rows: Iterable[TaxRate], country: str, region: str) -> dict[str, Decimal]:
    """Should two rates overlap, the one that began later counts."""
    here = [row for row in rows if row.country == country]
    whole = {row.tax_class: row.rate for row in here if not row.region}
    own = {row.tax_class: row.rate for row in here if row.region and row.region.casefold() == region.casefold()}
    return whole | own


def tax_of(amount: Decimal, rate: Decimal, currency: str, *, included: bool) -> Decimal:
    """The tax of an amount at `rate` percent, in it or on top of it, rounded half up to what can be charged."""
    return round_money(amount * rate / (100 + rate if included else 100), currency)


def shipping_rate(lines: Iterable[QuoteLine]) -> Decimal:
    """Shipping is taxed like the goods that make the largest part of the order's value; at a tie, at the higher rate.

    It shares the fate of what is shipped: an ancillary service is taxed as the main supply (CJEU, C-349/96).
    """
    worth: dict[Decimal, Decimal] = {}
    for line in lines:
        worth[line.tax_rate] = worth.get(line.tax_rate, ZERO) + line.total
    return max(worth, key=lambda rate: (worth[rate], rate), default=ZERO)
