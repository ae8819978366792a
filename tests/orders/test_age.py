"""How old buyers confirm to be: as old as the law of the country wants that the order goes to."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cart import defaults
from cart.models import Cart
from cart.pricing import quote
from orders.forms.age import minimum_age
from orders.models import Order
from tests.checkout import ADDRESS
from tests.factories import VariantFactory

pytestmark = pytest.mark.django_db

URL = "/orders/create/"
IN_NEW_YORK = {"country": "US", "region": "NY", "postcode": "10001", "city": "New York"}


@pytest.fixture
def shopper(client: Client) -> Client:
    defaults.load()
    client.post(reverse("cart:cart_add", args=[VariantFactory().pk]))
    return client


def form(**changes: Any) -> dict[str, Any]:
    seen = quote(Cart.objects.get(), country=changes.get("country", "DE"), region=changes.get("region", ""))
    return ADDRESS | {"fingerprint": seen.fingerprint} | changes


@pytest.mark.parametrize(
    ("country", "least", "age"), [("DE", 18, 18), ("US", 18, 21), ("JP", 18, 20), ("JP", 21, 21), ("US", 0, 0)]
)
def test_the_country_may_ask_for_more_than_the_shop(country: str, least: int, age: int, settings: Any) -> None:
    settings.SHOP_MINIMUM_AGE = least
    assert minimum_age(country) == age


def test_the_box_says_the_age_of_the_country(shopper: Client) -> None:
    for country, age in (("DE", 18), ("US", 21), ("JP", 20)):
        page = shopper.get(f"{URL}?country={country}").content.decode()
        assert f"I am {age} or older." in page
        assert f"of at least {age} years" in page
        assert re.search(rf'class="field check">\s*<input type="checkbox" name="age_confirmed" value="{age}"', page)


@pytest.mark.parametrize("confirmed", ["on", "18", "20", "", "x", "-21", "٢١", "9999"])
def test_who_confirmed_less_is_asked_again(shopper: Client, confirmed: str) -> None:
    page = shopper.post(URL, form(**IN_NEW_YORK, age_confirmed=confirmed)).content.decode()
    assert "Confirm that you are 21 or older" in page
    assert not re.search(r'name="age_confirmed"[^>]* checked', page)
    assert not Order.objects.exists()


@pytest.mark.parametrize(("address", "confirmed"), [(IN_NEW_YORK, "21"), ({}, "18"), ({}, "21"), ({}, "on")])
def test_who_confirmed_as_much_is_not(shopper: Client, address: dict[str, str], confirmed: str) -> None:
    shopper.post(URL, form(**address, age_confirmed=confirmed))
    assert Order.objects.get().age_confirmed_at


def test_a_shop_that_asks_nobody_shows_no_box(shopper: Client, settings: Any) -> None:
    settings.SHOP_MINIMUM_AGE = 0
    assert 'name="age_confirmed"' not in shopper.get(f"{URL}?country=US").content.decode()
    shopper.post(URL, form(**IN_NEW_YORK))
    assert Order.objects.get().age_confirmed_at is None
