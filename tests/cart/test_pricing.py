"""What a cart costs, worked out by hand."""

from decimal import Decimal

import pytest

from cart import defaults
from cart.models import ShippingMethod, TaxRate
from cart.pricing import Rule, active_methods, quote, served_countries
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
    assert priced.rules[0] == Rule(False, "Spend €96.00 more for free shipping.")


@pytest.mark.usefixtures("rules")
def test_a_french_order_above_the_free_amount() -> None:
    # 1 x 250.00 contains 250 * 20/120 = 41.6667 -> 41.67; shipping abroad is free from 240.
    priced = quote(filled_cart(VariantFactory(price=250)), country="FR")
    assert (priced.shipping, priced.total, priced.tax) == (0, 250, Decimal("41.67"))


@pytest.mark.usefixtures("rules")
def test_a_country_without_a_shipping_method_is_not_served() -> None:
    priced = quote(filled_cart(), country="BR")
    assert not priced.is_served
    assert priced.rules[0] == Rule(False, "We do not ship to Brazil.")
    assert "BR" not in dict(served_countries(active_methods()))


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
    assert ShippingMethod.objects.count() == 4
    assert ShippingMethod.objects.get(name="Parcel").price == 5
