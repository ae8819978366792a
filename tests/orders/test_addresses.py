"""Addresses by country: what the fields are called, what is required, how postcodes and whole addresses are written."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cart import defaults
from cart.models import Cart, ShippingMethod
from cart.pricing import quote
from orders.addresses import UNKNOWN, address_lines, rules_for
from orders.models import Order
from shop.letters import unprintable
from tests.checkout import ADDRESS
from tests.factories import VariantFactory

pytestmark = pytest.mark.django_db

URL = "/orders/create/"


@pytest.fixture
def shopper(client: Client) -> Client:
    """A browser with a bottle in its cart, which can be sent to every country of these tests."""
    defaults.load()
    client.post(reverse("cart:cart_add", args=[VariantFactory().pk]))
    return client


# What each country's postal service asks for, with the label that its people know.
# country: (label of the postcode, of the city, of the region, required among the three)
FIELDS: dict[str, tuple[str, str, str, str]] = {
    "DE": ("Postcode", "City", "", "postcode city"),
    "FR": ("Postcode", "City", "", "postcode city"),
    "AT": ("Postcode", "City", "", "postcode city"),
    "IE": ("Eircode (optional)", "City", "County (optional)", "city"),
    "CH": ("Postcode", "City", "", "postcode city"),
    "GB": ("Postcode", "Town or city", "", "postcode city"),
    "US": ("ZIP code", "City", "State", "postcode city region"),
    "JP": ("Postcode", "", "Prefecture", "postcode region"),
}


def fields(page: str) -> dict[str, str]:
    """Name -> label, of the controls for postcode, city and region that the page has."""
    labels = re.findall(r'<label for="id_(postcode|city|region)">\s*([^<]*?)\s*</label>', page)
    return dict(labels)


@pytest.mark.parametrize("country", FIELDS)
def test_the_country_decides_the_fields_and_their_labels(shopper: Client, country: str) -> None:
    page = shopper.get(URL, {"country": country}).content.decode()
    named = dict(zip(("postcode", "city", "region"), FIELDS[country], strict=False))
    assert fields(page) == {name: label for name, label in named.items() if label}
    required = re.findall(r'<(?:input|select)[^>]*name="(postcode|city|region)"[^>]*required', page)
    assert set(required) == set(FIELDS[country][3].split())


@pytest.mark.parametrize("country", FIELDS)
def test_what_is_required_is_asked_for_in_the_countrys_words(shopper: Client, country: str) -> None:
    missing = {"postcode": "", "city": "", "region": ""}
    page = shopper.post(URL, filled_in(country, **missing)).content.decode()
    asked = dict(re.findall(r'<a href="#id_(\w+)">([^<]*)</a>', page))
    assert set(asked) == set(FIELDS[country][3].split())
    words = {"DE": "Enter the postcode.", "US": "Enter the ZIP code.", "GB": "Enter the postcode."}
    assert asked.get("postcode", "") == words.get(country, asked.get("postcode", ""))
    assert asked.get("region", "") in {"US": {"Choose a state."}, "JP": {"Choose a prefecture."}}.get(country, {""})


def filled_in(country: str, **changes: Any) -> dict[str, Any]:
    """What the browser posts of the page for this country."""
    seen = quote(Cart.objects.get(), country=country).fingerprint
    typed = {"country": country, "shown_country": country, "age_confirmed": "21", "fingerprint": seen}
    return ADDRESS | typed | changes


@pytest.mark.parametrize(("country", "region"), [("AE", "Abu Dhabi"), ("TH", "Krabi"), ("AM", "Ararat")])
def test_a_region_that_papers_cannot_print_is_kept_in_latin_letters(country: str, region: str) -> None:
    assert (region, region) in rules_for(country).regions
    assert not any(unprintable(code) for code, _name in rules_for(country).regions)


# (country, what is typed, what is kept): case, spaces, hyphens and the country's letters are forgiven.
POSTCODES = [
    ("DE", "10115", "10115"),
    ("DE", " d-10 115", "10115"),
    ("FR", "75 001", "75001"),
    ("AT", "a-1010", "1010"),
    ("IE", "d02x285", "D02 X285"),
    ("IE", "", ""),
    ("CH", "ch 8001", "8001"),
    ("GB", "sw1a2aa", "SW1A 2AA"),
    ("GB", "m2  5bq", "M2 5BQ"),
    ("US", "90210", "90210"),
    ("US", "902101234", "90210-1234"),
    ("JP", "1000001", "100-0001"),
    ("JP", "〒100 0001", "100-0001"),
    ("LV", "1050", "LV-1050"),
    ("NL", "1012ab", "1012 AB"),
    ("PL", "00950", "00-950"),
]
# Five-letter answers of another country, too short, too long, nothing of the kind.
NO_POSTCODES = [
    ("DE", "1011"), ("DE", "SW1A 2AA"), ("DE", "ß" * 20), ("FR", "7500"), ("AT", "101"), ("IE", "D02"), ("CH", "80011"),
    ("GB", "12345"), ("US", "9021"), ("US", "ABCDE"), ("JP", "100-000"), ("DE", "١٠١١٥"),
]  # fmt: skip


@pytest.mark.parametrize(("country", "typed", "kept"), POSTCODES)
def test_postcodes_are_forgiven_and_written_as_the_country_does(country: str, typed: str, kept: str) -> None:
    assert (rules_for(country).written_postcode(typed) if typed else "") == kept


@pytest.mark.parametrize(("country", "typed"), NO_POSTCODES)
def test_what_is_no_postcode_of_the_country_is_none(country: str, typed: str) -> None:
    assert rules_for(country).written_postcode(typed) is None


def test_a_wrong_postcode_is_answered_with_an_example(shopper: Client) -> None:
    page = shopper.post(URL, filled_in("GB", postcode="12345")).content.decode()
    assert '<a href="#id_postcode">Postcode: such as EC1Y 8SY.</a>' in page


ADDRESSES: dict[str, tuple[dict[str, str], list[str]]] = {
    "DE": ({}, ["Kim Doe", "Main Street 1", "10115 Berlin"]),
    "FR": ({"postcode": "75001", "city": "Paris"}, ["Kim Doe", "Main Street 1", "75001 Paris"]),
    "AT": ({"postcode": "1010", "city": "Wien"}, ["Kim Doe", "Main Street 1", "1010 Wien"]),
    "IE": (
        {"postcode": "D02 X285", "city": "Dublin", "region": "Co. Dublin"},
        ["Kim Doe", "Main Street 1", "Dublin", "Co. Dublin", "D02 X285"],
    ),
    "CH": ({"postcode": "8001", "city": "Zürich"}, ["Kim Doe", "Main Street 1", "CH-8001 Zürich"]),
    "GB": ({"postcode": "SW1A 2AA", "city": "London"}, ["Kim Doe", "Main Street 1", "London", "SW1A 2AA"]),
    "US": (
        {"postcode": "90210", "city": "Beverly Hills", "region": "CA", "address2": "Apt 2"},
        ["Kim Doe", "Main Street 1", "Apt 2", "Beverly Hills, CA 90210"],
    ),
    "JP": (
        {"postcode": "100-0001", "city": "", "region": "Tokyo", "address1": "Chiyoda 1-1"},
        ["Kim Doe", "Chiyoda 1-1, Tokyo", "100-0001"],
    ),
}


@pytest.mark.parametrize("country", ADDRESSES)
def test_an_order_keeps_the_address_and_writes_it_as_its_country_does(shopper: Client, country: str) -> None:
    typed, lines = ADDRESSES[country]
    response = shopper.post(URL, filled_in(country, **typed))
    assert response.status_code == 307, response.content.decode()
    assert Order.objects.get().address_lines[:-1] == lines
    assert Order.objects.get().address_lines[-1] == Order.objects.get().country_name


def test_japanese_signs_are_written_in_the_japanese_order() -> None:
    typed = {"country": "JP", "postcode": "100-0001", "region": "東京都", "city": "", "address1": "千代田1-1"}
    assert address_lines(ADDRESS | typed) == ["100-0001", "東京都", "千代田1-1", "Kim Doe"]


def test_nothing_in_an_address_is_taken_for_a_place_in_its_format() -> None:
    assert address_lines(ADDRESS | {"address1": "100% %C %n"})[1] == "100% %C %n"


@pytest.mark.parametrize("region", ["California", "XX", "Co. Cork", "<b>"])
def test_a_region_that_the_country_does_not_have_is_refused(shopper: Client, region: str) -> None:
    page = shopper.post(URL, filled_in("US", postcode="90210", region=region)).content.decode()
    assert '<a href="#id_region">Choose a state.</a>' in page
    assert not Order.objects.exists()


def test_a_field_that_the_country_does_not_have_is_dropped(shopper: Client) -> None:
    shopper.post(URL, filled_in("DE", region="CA"))
    assert Order.objects.get().region == ""


def test_a_country_that_nobody_has_data_of_still_works(shopper: Client) -> None:
    ShippingMethod.objects.filter(name="Parcel worldwide").update(countries="XX")
    assert rules_for("XX") is UNKNOWN
    page = shopper.get(URL, {"country": "XX"}).content.decode()
    assert fields(page) == {"postcode": "Postcode (optional)", "city": "City", "region": "Region (optional)"}
    assert "too long" in shopper.post(URL, filled_in("XX", postcode="ß" * 20)).content.decode()
    shopper.post(URL, filled_in("XX", postcode="ab  1", region="Far"))
    order = Order.objects.get()
    assert (order.postcode, order.region) == ("AB 1", "Far")
    assert order.address_lines == ["Kim Doe", "Main Street 1", "AB 1 Berlin", "Far", "XX"]


def test_change_country_without_scripts_fits_the_fields_and_keeps_what_was_typed(shopper: Client) -> None:
    page = shopper.post(URL, {"refresh": "", "country": "US", "city": "Reno", "email": "ki"}).content.decode()
    assert set(fields(page).values()) == {"ZIP code", "City", "State"}
    assert '<option value="NV">Nevada</option>' in page
    assert 'value="Reno"' in page
    assert 'role="alert"' not in page
    assert re.search(r'name="refresh"[^>]*>\s*Change country\s*<', page)


def test_autocomplete_names_every_field_for_the_browser(shopper: Client) -> None:
    page = shopper.get(URL, {"country": "US"}).content.decode()
    tokens = re.findall(r'autocomplete="([a-z0-9-]+)"', page.split('action="/orders/create/"')[1])
    expected = "email tel name country address-line1 address-line2 postal-code address-level2 address-level1"
    assert tokens == expected.split()
