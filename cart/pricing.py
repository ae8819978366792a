"""What a cart costs, and why: one Quote feeds the cart, the checkout, the order and the payment page."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

from babel import Locale
from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language, gettext as _

from shop.models import Variant
from shop.money import format_money, round_money

from .models import Cart, CartLine, ShippingMethod, TaxRate

ZERO = Decimal(0)


@dataclass(frozen=True)
class QuoteLine:
    """One line of a quote. `total` includes `tax`; `available` is what this cart may have at that moment."""

    variant: Variant
    quantity: int
    unit_price: Decimal
    total: Decimal
    tax_rate: Decimal
    tax: Decimal
    available: int = 0

    @property
    def is_short(self) -> bool:
        """Whether more is wanted than there is."""
        return self.quantity > self.available


@dataclass(frozen=True)
class Quote:
    """The lines of a cart with every amount that makes the total. Amounts are in `currency` and include tax."""

    currency: str
    country: str
    lines: tuple[QuoteLine, ...]
    shipping: Decimal = ZERO
    shipping_name: str = ""
    shipping_tax: Decimal = ZERO
    discount: Decimal = ZERO
    is_served: bool = True
    notes: tuple[str, ...] = ()
    withdrawn: tuple[CartLine, ...] = ()

    @cached_property
    def subtotal(self) -> Decimal:
        return sum((line.total for line in self.lines), ZERO)

    @cached_property
    def tax(self) -> Decimal:
        """The tax contained in the total."""
        return sum((line.tax for line in self.lines), ZERO) + self.shipping_tax

    @property
    def total(self) -> Decimal:
        return self.subtotal - self.discount + self.shipping

    @property
    def item_count(self) -> int:
        return sum(line.quantity for line in self.lines)

    @property
    def is_empty(self) -> bool:
        return not self.lines

    @property
    def is_short(self) -> bool:
        """Whether a line wants more than is available."""
        return any(line.is_short for line in self.lines)

    @cached_property
    def fingerprint(self) -> str:
        """Changes with anything that a shopper agreed to: lines, prices, shipping, tax, currency, country."""
        parts = [
            self.currency,
            self.country,
            [[line.variant.pk, line.quantity, f"{line.total:.3f}", f"{line.tax:.3f}"] for line in self.lines],
            [self.shipping_name, f"{self.shipping:.3f}", f"{self.discount:.3f}", f"{self.total:.3f}"],
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def quote(cart: Cart | None, *, country: str = "", methods: Sequence[ShippingMethod] | None = None) -> Quote:
    """Price the cart afresh, shipped to `country` (two letters; the shop's own by default).

    Reads prices, stock, shipping and tax from the database, the shipping methods only where the caller has not read
    them; stores nothing. A withdrawn product is left out, and named in `withdrawn`.
    """
    country = country or settings.SHOP_COUNTRY
    currency = settings.SHOP_CURRENCY
    wanted = _lines(cart) if cart else []
    sellable = [line for line in wanted if line.variant.product.is_published]
    bare = Quote(
        currency=currency,
        country=country,
        lines=(),
        withdrawn=tuple(line for line in wanted if line not in sellable),
    )
    if not sellable:
        return bare
    rate = tax_rate(country)
    lines = tuple(_price(line, currency, rate, cart.available(line.variant)) for line in sellable if cart)
    method = shipping_method(country, active_methods() if methods is None else methods)
    if method is None:
        sentence = _("We do not ship to %(country)s.") % {"country": country_name(country)}
        return replace(bare, lines=lines, is_served=False, notes=(sentence,))
    shipping, notes = _shipping(method, sum((line.total for line in lines), ZERO), currency)
    return replace(
        bare,
        lines=lines,
        shipping=shipping,
        shipping_name=method.name,
        shipping_tax=contained_tax(shipping, rate, currency),
        notes=tuple(notes),
    )


def _lines(cart: Cart) -> list[CartLine]:
    return list(cart.lines.select_related("variant__product").prefetch_related("variant__product__images"))


def _price(line: CartLine, currency: str, rate: Decimal, available: int) -> QuoteLine:
    unit_price = round_money(line.variant.price, currency)
    total = unit_price * line.quantity
    return QuoteLine(
        variant=line.variant,
        quantity=line.quantity,
        unit_price=unit_price,
        total=total,
        tax_rate=rate,
        tax=contained_tax(total, rate, currency),
        available=available,
    )


def _shipping(method: ShippingMethod, subtotal: Decimal, currency: str) -> tuple[Decimal, list[str]]:
    if method.free_from is None:
        return round_money(method.price, currency), []
    if subtotal >= method.free_from:
        return ZERO, [_("Shipping is free.")]
    missing = format_money(method.free_from - subtotal, currency, get_language() or "en")
    return round_money(method.price, currency), [_("Spend %(amount)s more for free shipping.") % {"amount": missing}]


def contained_tax(amount: Decimal, rate: Decimal, currency: str) -> Decimal:
    """The tax inside an amount that includes it, at `rate` percent, rounded per line."""
    return round_money(amount * rate / (100 + rate), currency)


def tax_rate(country: str) -> Decimal:
    """The rate in force today, in percent; 0 for a country without one."""
    today = timezone.localdate()
    rates = TaxRate.objects.filter(country=country, valid_from__lte=today).exclude(valid_until__lt=today)
    rate = rates.order_by("-valid_from").first()
    return rate.rate if rate else ZERO


def active_methods() -> list[ShippingMethod]:
    """The ways to send an order, the preferred ones first."""
    return list(ShippingMethod.objects.filter(active=True))


def shipping_method(country: str, methods: Iterable[ShippingMethod]) -> ShippingMethod | None:
    """The first of the methods that serves the country."""
    return next((method for method in methods if country in method.countries.split()), None)


def served_countries(methods: Iterable[ShippingMethod]) -> list[tuple[str, str]]:
    """(code, name) of every country that some method serves, by name in the visitor's language."""
    codes = {code for method in methods for code in method.countries.split()}
    return sorted(((code, country_name(code)) for code in codes), key=lambda pair: pair[1])


def country_name(code: str) -> str:
    """A country's name in the visitor's language (CLDR); the code itself where CLDR knows none."""
    return str(Locale.parse(get_language() or "en", sep="-").territories.get(code, code))
