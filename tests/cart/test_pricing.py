"""What a cart costs, worked out by hand."""

from decimal import Decimal

import pytest
from hypothesis import given, settings as hypothesis_settings, strategies as st

from cart import defaults
from cart.models import ShippingMethod, TaxRate
from cart.pricing import Quote, QuoteLine, active_methods, contained_tax, quote, served_countries
from shop.models import Variant
from tests.checkout import filled_cart
from tests.factories import VariantFactory


@pytest.fixture
def rules(db: None) -> None:
    defaults.load()


@pytest.mark.usefixtures("rules")
def test_a_german_order_below_the_free_amount() -> None:
    # 2 x 12.00 = 24.00, contains 24 * 19/119 = 3.8319 -> 3.83; parcel 6.90 contains 1.1017 -> 1.10.
    priced = quote(filled_cart(VariantFactory(price=12), quantity=2), country="DE")
    assert (priced.subtotal, priced.shipping, priced.total) == (Decimal(24), Decimal("6.90"), Decimal("30.90"))
    assert priced.tax == Decimal("4.93")
    assert priced.notes == ("Spend €96.00 more for free shipping.",)


@pytest.mark.usefixtures("rules")
def test_a_french_order_above_the_free_amount() -> None:
    # 1 x 250.00 contains 250 * 20/120 = 41.6667 -> 41.67; shipping abroad is free from 240.
    priced = quote(filled_cart(VariantFactory(price=250)), country="FR")
    assert (priced.shipping, priced.total, priced.tax) == (0, 250, Decimal("41.67"))


@pytest.mark.usefixtures("rules")
def test_a_country_without_a_shipping_method_is_not_served() -> None:
    priced = quote(filled_cart(), country="JP")
    assert not priced.is_served
    assert priced.notes == ("We do not ship to Japan.",)
    assert "JP" not in dict(served_countries(active_methods()))


@pytest.mark.usefixtures("rules")
def test_a_price_is_read_fresh_and_changes_the_fingerprint() -> None:
    cart = filled_cart(VariantFactory(price=10))
    before = quote(cart)
    Variant.objects.update(price=11)
    after = quote(cart)
    assert after.total - before.total == 1
    assert after.fingerprint != before.fingerprint
    assert quote(cart).fingerprint == after.fingerprint


@pytest.mark.usefixtures("rules")
def test_a_rate_applies_between_its_dates() -> None:
    TaxRate.objects.filter(country="DE").update(valid_until="2025-12-31")
    assert quote(filled_cart(), country="DE").tax == 0
    TaxRate.objects.create(country="DE", rate=16, valid_from="2026-01-01")
    assert quote(filled_cart(VariantFactory(price=116)), country="DE").lines[0].tax == 16


@pytest.mark.usefixtures("rules")
def test_loading_the_defaults_again_keeps_what_staff_changed() -> None:
    ShippingMethod.objects.filter(name="Parcel").update(price=5)
    defaults.load()
    assert ShippingMethod.objects.count() == 2
    assert ShippingMethod.objects.get(name="Parcel").price == 5


amounts = st.decimals(min_value=0, max_value=10_000, places=2)


@hypothesis_settings(max_examples=300)
@given(
    lines=st.lists(st.tuples(amounts, st.integers(1, 99)), min_size=1, max_size=8),
    shipping=amounts,
    rate=st.sampled_from([Decimal(0), Decimal("8.1"), Decimal(19), Decimal("25.5")]),
)
def test_the_parts_of_any_quote_make_its_total(
    lines: list[tuple[Decimal, int]], shipping: Decimal, rate: Decimal
) -> None:
    priced = Quote(
        currency="EUR",
        country="DE",
        lines=tuple(
            QuoteLine(
                Variant(pk=n), quantity, price, price * quantity, rate, contained_tax(price * quantity, rate, "EUR")
            )
            for n, (price, quantity) in enumerate(lines)
        ),
        shipping=shipping,
        shipping_tax=contained_tax(shipping, rate, "EUR"),
    )
    assert priced.total == sum(price * quantity for price, quantity in lines) + shipping
    assert priced.tax == sum(line.tax for line in priced.lines) + priced.shipping_tax
    exact = priced.total * rate / (100 + rate)
    assert abs(priced.tax - exact) <= Decimal("0.005") * (len(lines) + 1)
