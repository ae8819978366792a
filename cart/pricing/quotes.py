"""What a quote is made of: plain values, from which every sum follows. Nothing here reads the database."""

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from cart.models import CartLine
from shop.models import Picture, TaxClass, Variant

ZERO = Decimal(0)


@dataclass(frozen=True)
class CustomerFacts:
    """What the price depends on and the cart does not know: who buys. Handed down by whoever knows."""

    email: str = ""
    paid_orders: int = 0


@dataclass(frozen=True)
class Rule:
    """A sentence for the shopper about a rule, and whether it applied. `code` is that of the coupon it is about."""

    applied: bool
    text: str
    code: str = ""


@dataclass(frozen=True)
class QuoteLine:
    """One line of a quote. `total` is after `discount`, and includes `tax` where the shop's prices do.

    `available` is what this cart may have at that moment, `maximum` what one order may have of it; `price_before` is
    the price that the shopper knows of, where it is no longer the price.
    """

    variant: Variant
    quantity: int
    unit_price: Decimal
    discount: Decimal = ZERO
    tax_class: str = TaxClass.STANDARD
    tax_rate: Decimal = ZERO
    tax: Decimal = ZERO
    available: int = 0
    maximum: int = 0
    price_before: Decimal | None = None
    cover: Picture | None = None

    @property
    def subtotal(self) -> Decimal:
        return self.unit_price * self.quantity

    @property
    def total(self) -> Decimal:
        return self.subtotal - self.discount

    @property
    def is_short(self) -> bool:
        """Whether more is wanted than there is."""
        return self.quantity > self.available

    @property
    def is_too_many(self) -> bool:
        """Whether more is wanted than one order may have."""
        return self.quantity > self.maximum

    @property
    def most(self) -> int:
        """The largest quantity that can be ordered now."""
        return max(0, min(self.available, self.maximum))


@dataclass(frozen=True)
class AppliedCoupon:
    """A coupon that takes `amount` off, and the sentence that says so."""

    code: str
    amount: Decimal
    sentence: str


@dataclass(frozen=True)
class TaxSum:
    """All that is taxed at one rate: `net` without the tax, and the `tax`."""

    rate: Decimal
    net: Decimal
    tax: Decimal


@dataclass(frozen=True)
class ShippingChoice:
    """A way to send this cart, with its price now. `delivery` is (earliest, latest) in working days, if known."""

    id: str
    name: str
    price: Decimal
    delivery: tuple[int, int] | None
    is_chosen: bool = False


@dataclass(frozen=True)
class Quote:
    """The lines of a cart with every amount that makes the total. Amounts are in `currency`."""

    currency: str
    country: str
    lines: tuple[QuoteLine, ...]
    prices_include_tax: bool = True
    shipping: Decimal = ZERO
    shipping_name: str = ""
    shipping_method: str = ""
    shipping_tax_rate: Decimal = ZERO
    shipping_tax: Decimal = ZERO
    delivery: tuple[int, int] | None = None
    choices: tuple[ShippingChoice, ...] = ()
    coupons: tuple[AppliedCoupon, ...] = ()
    is_served: bool = True
    why_not_served: str = ""
    rules: tuple[Rule, ...] = ()
    withdrawn: tuple[CartLine, ...] = field(default=(), compare=False)
    unit_limit: int = 0

    @cached_property
    def subtotal(self) -> Decimal:
        """The goods before discounts."""
        return sum((line.subtotal for line in self.lines), ZERO)

    @cached_property
    def discount(self) -> Decimal:
        return sum((line.discount for line in self.lines), ZERO)

    @cached_property
    def tax(self) -> Decimal:
        """All tax: contained in the total, and in the amounts before it where prices include tax."""
        return sum((line.tax for line in self.lines), ZERO) + self.shipping_tax

    @property
    def total(self) -> Decimal:
        """What is to be paid."""
        added = ZERO if self.prices_include_tax else self.tax
        return self.subtotal - self.discount + self.shipping + added

    @cached_property
    def taxes(self) -> tuple[TaxSum, ...]:
        """The tax by rate, the highest first. Together they are `tax`; net and tax together are `total`."""
        parts = [(line.tax_rate, line.total, line.tax) for line in self.lines]
        parts.append((self.shipping_tax_rate, self.shipping, self.shipping_tax))
        sums: dict[Decimal, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
        for rate, amount, tax in parts:
            if amount:
                sums[rate][0] += amount - tax if self.prices_include_tax else amount
                sums[rate][1] += tax
        return tuple(TaxSum(rate, *sums[rate]) for rate in sorted(sums, reverse=True))

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

    @property
    def is_too_large(self) -> bool:
        """Whether the order, or a line of it, has more units than the shop sells at once."""
        return any(line.is_too_many for line in self.lines) or 0 < self.unit_limit < self.item_count

    @property
    def is_orderable(self) -> bool:
        """Whether this can become an order as it stands."""
        return not (self.is_empty or self.is_short or self.is_too_large) and self.is_served

    @property
    def changed_lines(self) -> tuple[QuoteLine, ...]:
        """Lines whose price is another than the shopper knows of."""
        return tuple(line for line in self.lines if line.price_before is not None)

    @cached_property
    def fingerprint(self) -> str:
        """Changes with anything that a shopper agreed to: lines, prices, discount, shipping, tax, currency, country."""
        parts = [
            self.currency,
            self.country,
            self.prices_include_tax,
            [[line.variant.pk, line.quantity, f"{line.total:.3f}", f"{line.tax:.3f}"] for line in self.lines],
            [self.shipping_name, self.shipping_method, f"{self.shipping:.3f}", f"{self.shipping_tax:.3f}"],
            [[coupon.code, f"{coupon.amount:.3f}"] for coupon in self.coupons],
            f"{self.total:.3f}",
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
