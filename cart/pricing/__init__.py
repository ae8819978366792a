"""What a cart costs, and why: one Quote feeds the cart, the checkout, the order and the payment page."""

from collections.abc import Sequence
from dataclasses import replace

from django.conf import settings
from django.db.models import BigIntegerField
from django.utils.translation import gettext as _, ngettext

from background.prepared import Given, Prepared
from cart.models import Cart, CartLine, ShippingMethod

from .discounts import discounted, no_longer_valid
from .entered import circumstances, coupons_of
from .quotes import (
    AppliedCoupon,
    CustomerFacts,
    Quote,
    QuoteLine,
    Rule,
    ShippingChoice,
    TaxSum,
)
from .shipping import Countries, active_methods, offers, parcel, served_countries
from .taxes import Rates, rates_for, shipping_rate, tax_of
from .words import country_name, delivery_dates, delivery_words, percent

__all__ = [
    "AppliedCoupon",
    "Countries",
    "CustomerFacts",
    "Quote",
    "QuoteLine",
    "Rule",
    "ShippingChoice",
    "TaxSum",
    "active_methods",
    "country_name",
    "delivery_dates",
    "delivery_words",
    "quote",
    "served_countries",
]

_lines_of = Prepared(
    lambda: CartLine.objects.with_products().filter(cart_id=Given("cart", BigIntegerField())), planned_once=True
)


def quote(
    cart: Cart | None,
    *,
    country: str = "",
    region: str = "",
    customer: CustomerFacts | None = None,
    method: str = "",
    methods: Sequence[ShippingMethod] | None = None,
) -> Quote:
    """Price the cart afresh, shipped to `country` (two letters; else where the cart goes, else the shop's own).

    Reads prices, stock, coupons, shipping and tax from the database, the shipping methods only where the caller has
    not read them; stores nothing. `method` is the id of a shipping method (the cart's by default, or else the first
    that serves). A product that is no longer sold is left out, and named in `withdrawn`.
    """
    country = country or (cart.country if cart else "") or settings.SHOP_COUNTRY
    wanted = _lines(cart) if cart else []
    sellable = [line for line in wanted if line.variant is not None and line.variant.product.is_published]
    bare = Quote(
        currency=settings.SHOP_CURRENCY,
        country=country,
        lines=(),
        prices_include_tax=settings.SHOP_PRICES_INCLUDE_TAX,
        unit_limit=settings.ORDER_MAXIMUM_UNITS,
        withdrawn=tuple(line for line in wanted if line not in sellable),
    )
    if not sellable or cart is None:
        return bare
    rates = rates_for(country, region)
    priced = replace(bare, lines=tuple(_price(line, cart, rates) for line in sellable))
    taxed = _tax(_discount(priced, cart, customer or CustomerFacts()), rates)
    shipped = _ship(taxed, active_methods() if methods is None else methods, method or cart.method)
    return replace(shipped, rules=(*_limits(shipped), *shipped.rules, *_tax_rules(shipped, rates)))


def _lines(cart: Cart) -> list[CartLine]:
    """The cart's lines; those that the caller has read just now, where it has."""
    return list(cart.lines_read) or _lines_of(cart=cart.pk)


def _price(line: CartLine, cart: Cart, rates: Rates) -> QuoteLine:
    variant = line.variant
    if variant is None:
        raise ValueError("a line without a variant has no price")
    product = variant.product
    changed = line.shown_price is not None and line.shown_price != variant.price
    return QuoteLine(
        variant=variant,
        quantity=line.quantity,
        unit_price=rates.unit_price(variant.price, product.tax_class, settings.SHOP_CURRENCY),
        tax_class=product.tax_class,
        tax_rate=rates.of(product.tax_class),
        available=cart.available(variant),
        maximum=variant.maximum_per_order or settings.CART_MAXIMUM_UNITS,
        price_before=line.shown_price if changed else None,
        cover=line.cover,
    )


def _discount(priced: Quote, cart: Cart, customer: CustomerFacts) -> Quote:
    if not cart.coupon_codes:
        return priced
    entered = coupons_of(cart)
    facts = circumstances(cart, entered, customer)
    lines, applied, rules = discounted(priced.lines, entered, facts, priced.currency)
    known = {coupon.code for coupon in entered}
    gone = [Rule(False, no_longer_valid(code), code) for code in cart.coupon_codes if code not in known]
    return replace(priced, lines=lines, coupons=applied, rules=(*priced.rules, *rules, *gone))


def _tax(priced: Quote, rates: Rates) -> Quote:
    included = priced.prices_include_tax
    return replace(
        priced,
        lines=tuple(
            replace(line, tax=tax_of(line.total, line.tax_rate, priced.currency, included=included))
            for line in priced.lines
        ),
    )


def _ship(priced: Quote, methods: Sequence[ShippingMethod], wanted: str) -> Quote:
    """With the shipping chosen, and its tax; not served where no method takes this cart there."""
    choices, rules = offers(methods, parcel(priced.country, priced.lines), wanted=wanted, currency=priced.currency)
    priced = replace(priced, choices=tuple(choices), rules=(*priced.rules, *rules), is_served=bool(choices))
    chosen = next((choice for choice in choices if choice.is_chosen), None)
    if chosen is None:
        return replace(priced, why_not_served=" ".join(rule.text for rule in rules))
    rate = shipping_rate(priced.lines)
    return replace(
        priced,
        shipping=chosen.price,
        shipping_name=chosen.name,
        shipping_method=chosen.id,
        delivery=chosen.delivery,
        shipping_tax_rate=rate,
        shipping_tax=tax_of(chosen.price, rate, priced.currency, included=priced.prices_include_tax),
    )


def _limits(priced: Quote) -> list[Rule]:
    """What of this cart one order may not have."""
    words = _("At most %(units)d of %(name)s per order.")
    rules = [
        Rule(False, words % {"units": line.maximum, "name": line.variant}) for line in priced.lines if line.is_too_many
    ]
    if 0 < priced.unit_limit < priced.item_count:
        limit = {"units": priced.unit_limit}
        words = ngettext("At most %(units)d unit per order.", "At most %(units)d units per order.", priced.unit_limit)
        rules.append(Rule(False, words % limit))
    return rules


def _tax_rules(priced: Quote, rates: Rates) -> list[Rule]:
    """How the destination is taxed."""
    facts = {"country": country_name(priced.country)}
    if rates.is_export:
        return [Rule(False, _("No tax is charged on orders to %(country)s; duties there are not included.") % facts)]
    if not priced.taxes:
        return []
    facts["rate"] = " / ".join(percent(part.rate) for part in priced.taxes)
    if priced.prices_include_tax:
        return [Rule(True, _("Prices include %(rate)s tax for %(country)s.") % facts)]
    return [Rule(True, _("%(rate)s tax for %(country)s is added.") % facts)]
