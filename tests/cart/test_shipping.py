"""What sending a cart costs: by country, by weight or value, free from an amount, and not at all where nobody goes."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from cart import defaults, services
from cart.models import ShippingMethod, ShippingPrice
from cart.pricing import Quote, Rule, active_methods, delivery_dates, delivery_words, quote
from tests.checkout import filled_cart
from tests.factories import VariantFactory

pytestmark = pytest.mark.django_db


def heavy(kilograms: str, *, price: str = "10", country: str = "DE") -> Quote:
    variant = VariantFactory(weight=int(Decimal(kilograms) * 1000), price=price)
    return quote(filled_cart(variant), country=country)


@pytest.mark.parametrize(
    ("kilograms", "country", "price"),
    [
        ("19.999", "DE", "6.90"),
        ("20", "DE", "12.90"),
        ("9.999", "FR", "14.90"),
        ("10", "FR", "19.90"),
        ("25", "FR", "29.90"),
        ("4.999", "JP", "39.00"),
        ("5", "JP", "54.00"),
        ("12", "US", "79.00"),
        ("4.999", "CH", "19.90"),  # a band of its own goes before those for all
        ("12", "CH", "34.90"),
        ("20", "GB", "59.90"),
    ],
)
def test_a_parcel_costs_by_weight_and_country(kilograms: str, country: str, price: str) -> None:
    defaults.load()
    assert heavy(kilograms, country=country).shipping == Decimal(price)


def test_a_method_may_cost_by_the_value_of_the_goods() -> None:
    method = ShippingMethod.objects.create(name="Van", countries="DE", price="9", basis="subtotal")
    ShippingPrice.objects.create(method=method, minimum=50, price="4")
    ShippingPrice.objects.create(method=method, minimum=100, price="2")
    costs = [heavy("1", price=price).shipping for price in ("49.99", "50", "99.99", "100")]
    assert costs == [9, 4, 4, 2]


@pytest.mark.parametrize(("price", "shipping"), [("119.99", "6.90"), ("120", "0")])
def test_it_is_free_from_an_amount(price: str, shipping: str) -> None:
    defaults.load()
    priced = heavy("1", price=price)
    assert priced.shipping == Decimal(shipping)
    free = Rule(True, "Shipping is free.")
    assert (free in priced.rules) == (shipping == "0")


def test_what_is_too_heavy_for_a_method_goes_another_way_and_says_so() -> None:
    defaults.load()
    priced = heavy("20.001")
    assert [choice.name for choice in priced.choices] == ["Parcel"]
    assert Rule(False, "Express carries up to 20 kg: your order is heavier.") in priced.rules


def test_what_is_too_heavy_for_every_method_is_not_served() -> None:
    ShippingMethod.objects.create(name="Bike", countries="DE", price="3", maximum_weight=2500)
    priced = heavy("3")
    assert not priced.is_served
    assert not priced.is_orderable
    assert Rule(False, "Bike carries up to 2.5 kg: your order is heavier.") in priced.rules


def test_a_country_that_nobody_goes_to_is_said_early() -> None:
    defaults.load()
    priced = heavy("1", country="BR")
    assert not priced.is_served
    assert Rule(False, "We do not ship to Brazil.") in priced.rules


def test_the_chosen_method_counts_only_where_it_serves() -> None:
    defaults.load()
    express = ShippingMethod.objects.get(name="Express")
    cart = filled_cart()
    services.ship_to(cart, country="AT", method=str(express.pk), methods=active_methods())
    assert quote(cart).shipping_method == str(express.pk)
    assert quote(cart, country="FR").shipping_name == "Parcel abroad"
    assert quote(cart, method="nonsense").shipping_name == "Parcel"
    ShippingMethod.objects.filter(pk=express.pk).update(active=False)
    assert quote(cart).shipping_name == "Parcel"


def test_methods_and_their_prices_are_read_with_one_query(django_assert_num_queries: object) -> None:
    defaults.load()
    with django_assert_num_queries(1):  # type: ignore[operator]
        methods = active_methods()
        assert [len(method.bands) for method in methods] == [1, 2, 6, 1]
    assert [method.name for method in methods] == ["Parcel", "Parcel abroad", "Parcel worldwide", "Express"]


def test_days_are_working_days() -> None:
    friday = date(2026, 11, 20)
    assert delivery_dates((1, 3), friday) == (date(2026, 11, 23), date(2026, 11, 25))
    assert delivery_words((2, 3)) == "2 to 3 working days"
    assert delivery_words((1, 1)) == "1 working day"
    assert delivery_words(None) == ""


@pytest.mark.parametrize("countries", ["", "de", "DE, AT", "DEU", "DE  AT", " DE"])
def test_countries_are_written_in_one_way(countries: str) -> None:
    with pytest.raises(ValidationError):
        ShippingMethod(name="x", countries=countries, price=1).full_clean()


def test_half_a_delivery_time_is_none() -> None:
    with pytest.raises(ValidationError):
        ShippingMethod(name="x", countries="DE", price=1, earliest=2).full_clean()
