"""What holds for every quote, whatever is in the cart: its parts make its total, and nothing goes below zero."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import given, settings as hypothesis_settings, strategies as st

from cart.models import Coupon
from cart.pricing import Quote, QuoteLine
from cart.pricing.discounts import Circumstances, discounted, distribute
from cart.pricing.taxes import shipping_rate, tax_of
from shop.models import Product, Variant
from shop.money import quantum, round_money

RATES = [Decimal(rate) for rate in ("0", "2.1", "7", "8.1", "19", "25.5")]
amounts = st.decimals(min_value=0, max_value=10_000, places=3)
lines = st.lists(st.tuples(amounts, st.integers(1, 99), st.sampled_from(RATES)), min_size=1, max_size=8)
coupons = st.lists(
    st.tuples(
        st.sampled_from(Coupon.Kind.values), st.decimals(min_value="0.01", max_value=100, places=2), st.booleans()
    ),
    max_size=4,
)
EUR, JPY, KWD, ISK = "EUR", "JPY", "KWD", "ISK"
currencies = st.sampled_from([EUR, JPY, KWD, ISK])


def a_quote(cart: Any, entered: Any, shipping: Decimal, currency: str, *, included: bool) -> Quote:
    """A quote of these values, made of the same functions as a real one."""
    products = [Product(pk=n % 3 + 1) for n in range(len(cart))]
    priced = [
        QuoteLine(Variant(pk=n, product=product), quantity, round_money(price, currency), tax_rate=rate)
        for n, (product, (price, quantity, rate)) in enumerate(zip(products, cart, strict=True))
    ]
    offered = [
        Coupon(pk=n, code=f"C{n}", kind=kind, value=value, product=products[0] if narrow else None, stackable=True)
        for n, (kind, value, narrow) in enumerate(entered)
    ]
    less, applied, _rules = discounted(priced, offered, Circumstances(), currency)
    taxed = [replace(line, tax=tax_of(line.total, line.tax_rate, currency, included=included)) for line in less]
    rate, cost = shipping_rate(taxed), round_money(shipping, currency)
    return Quote(
        currency=currency,
        country="DE",
        lines=tuple(taxed),
        prices_include_tax=included,
        shipping=cost,
        shipping_tax_rate=rate,
        shipping_tax=tax_of(cost, rate, currency, included=included),
        coupons=applied,
    )


@hypothesis_settings(max_examples=400, deadline=None)
@given(cart=lines, entered=coupons, shipping=amounts, currency=currencies, included=st.booleans())
def test_the_parts_of_any_quote_make_its_total(
    cart: Any, entered: Any, shipping: Decimal, currency: str, included: bool
) -> None:
    priced = a_quote(cart, entered, shipping, currency, included=included)
    added = 0 if included else priced.tax
    assert priced.total == priced.subtotal - priced.discount + priced.shipping + added
    assert priced.subtotal == sum(line.unit_price * line.quantity for line in priced.lines)
    assert priced.subtotal - priced.discount == sum(line.total for line in priced.lines)
    assert priced.discount == sum(coupon.amount for coupon in priced.coupons)
    for line in priced.lines:
        assert 0 <= line.discount <= line.subtotal
        assert line.tax >= 0
        for amount in (line.total, line.discount, line.tax):
            assert amount % quantum(currency) == 0
    assert priced.total >= 0


@hypothesis_settings(max_examples=400, deadline=None)
@given(cart=lines, entered=coupons, shipping=amounts, currency=currencies, included=st.booleans())
def test_the_tax_per_rate_adds_up_and_is_within_rounding_of_the_exact_tax(
    cart: Any, entered: Any, shipping: Decimal, currency: str, included: bool
) -> None:
    priced = a_quote(cart, entered, shipping, currency, included=included)
    assert sum(part.tax for part in priced.taxes) == priced.tax
    assert sum(part.net + part.tax for part in priced.taxes) == priced.total
    parts = len(priced.lines) + 1
    for part in priced.taxes:
        assert abs(part.net * part.rate / 100 - part.tax) <= quantum(currency) * parts


@hypothesis_settings(max_examples=400, deadline=None)
@given(
    weights=st.lists(st.integers(0, 10**7), min_size=1, max_size=12), part=st.integers(0, 10**9), currency=currencies
)
def test_an_amount_is_split_exactly_and_no_share_is_larger_than_its_weight(
    weights: list[int], part: int, currency: str
) -> None:
    step = quantum(currency)
    worth = [weight * step for weight in weights]
    amount = min(part * step, sum(worth, Decimal(0)))
    shares = distribute(amount, worth, currency)
    assert sum(shares) == amount
    for share, weight in zip(shares, worth, strict=True):
        assert 0 <= share <= weight
        assert abs(share - amount * weight / (sum(worth) or 1)) < step


def test_equal_lines_share_a_cent_by_their_order() -> None:
    assert distribute(Decimal("0.05"), [Decimal(1)] * 3, "EUR") == [Decimal("0.02"), Decimal("0.02"), Decimal("0.01")]
