"""What checkout shows, keeps and says while a shopper makes up his mind: country, totals, what to correct."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from cart import defaults
from cart.models import ShippingMethod
from orders import services, transitions
from orders.models import Order
from shop.models import Variant
from tests.checkout import ADDRESS
from tests.factories import VariantFactory

pytestmark = pytest.mark.django_db

URL = "/orders/create/"


@pytest.fixture
def shopper(client: Client) -> Client:
    """A browser with one bottle for €12.00 in its cart."""
    defaults.load()
    client.post(reverse("cart:cart_add", args=[VariantFactory(price=12).pk]))
    return client


def shown(page: str, name: str) -> str:
    """The value of a hidden field of the page."""
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1]


def as_shown(shopper: Client, country: str = "DE") -> dict[str, Any]:
    """What the browser posts of the page that is open, filled in, with its hidden fields."""
    page = shopper.get(URL, {"country": country}).content.decode()
    hidden = {name: shown(page, name) for name in ("fingerprint", "shown_total", "shown_country")}
    return ADDRESS | hidden | {"age_confirmed": "on", "country": country}


def words(response: Any) -> str:
    """The page's text, without markup."""
    return " ".join(re.sub(r"<[^>]*>", " ", response.content.decode()).split())


def test_the_country_chosen_in_the_cart_is_the_one_at_checkout(shopper: Client) -> None:
    cart = shopper.get("/cart/").content.decode()
    assert re.search(r'<form id="ship"[^>]* action="/cart/ship/"', cart)
    assert re.search(r'<button[^>]* form="ship"[^>]* name="checkout"', cart)
    response = shopper.post("/cart/ship/", {"country": "FR", "checkout": ""})
    assert response.headers["Location"] == URL
    response = shopper.get(URL)
    assert '<option value="FR" selected>' in response.content.decode()
    assert "Continue to payment, €26.90" in words(response)


@pytest.mark.parametrize(("country", "taxed"), [("DE", True), ("CH", False)])
def test_tax_is_named_where_there_is_any(shopper: Client, country: str, taxed: bool) -> None:
    shopper.post("/cart/ship/", {"country": country})
    placed = shopper.post(URL, as_shown(shopper, country) | {"postcode": "10115" if taxed else "8001"})
    assert placed.status_code == 307
    order = Order.objects.get()
    assert bool(order.tax) == taxed
    shown = [words(shopper.get(url)) for url in ("/cart/", URL, order.get_absolute_url())]
    assert ["Tax included" in text for text in shown] == [taxed] * 3


@pytest.mark.parametrize("country", ["BR", "XX", "", "<b>"])
def test_a_country_that_nothing_is_sent_to_is_not_taken_over(shopper: Client, country: str) -> None:
    assert '<option value="DE" selected>' in shopper.get(URL, {"country": country}).content.decode()


def test_an_address_names_no_more_than_the_country(shopper: Client) -> None:
    assert "kim@example.com" not in shopper.get(URL, {"email": "kim@example.com"}).content.decode()


def test_a_changed_country_says_what_shipping_there_costs(shopper: Client) -> None:
    response = shopper.post(URL, as_shown(shopper) | {"country": "FR"})
    assert response.status_code == 409
    assert "Shipping to France costs €14.90" in words(response)
    assert "The total of your order was €18.90, and is now €26.90." in words(response)
    assert "The price has changed" not in words(response)


def test_a_changed_country_to_which_shipping_is_free_says_so(shopper: Client) -> None:
    data = as_shown(shopper)
    defaults.ShippingMethod.objects.filter(name="Parcel abroad").update(price=0)
    assert "Shipping to France is free" in words(shopper.post(URL, data | {"country": "FR"}))


def test_a_changed_price_says_which_total_was_shown(shopper: Client) -> None:
    data = as_shown(shopper)
    Variant.objects.update(price=13)
    response = shopper.post(URL, data)
    assert response.status_code == 409
    assert "The price has changed" in words(response)
    assert "The total of your order was €18.90, and is now €19.90." in words(response)
    assert f"{Variant.objects.get()}: it was €12.00, and is now €13.00" in words(response)


def test_another_way_to_send_it_is_chosen_at_checkout(shopper: Client) -> None:
    page = shopper.get(URL).content.decode()
    express = ShippingMethod.objects.get(name="Express")
    assert re.search(rf'name="shipping_method"\s+value="{express.pk}"', page)
    chosen = {"refresh": "", "country": "DE", "shipping_method": str(express.pk)}
    assert "Continue to payment, €24.90" in words(shopper.post(URL, chosen))  # 12.00 + 12.90
    shopper.post(URL, as_shown(shopper) | {"shipping_method": str(express.pk)})
    order = Order.objects.get()
    assert (order.shipping_name, order.total, order.delivery_latest) == ("Express", Decimal("24.90"), 1)


@pytest.mark.parametrize("method", ["", "0", "x", "9" * 50, "<b>"])
def test_a_method_that_does_not_exist_is_not_taken_over(shopper: Client, method: str) -> None:
    shopper.post(URL, as_shown(shopper) | {"shipping_method": method})
    assert Order.objects.get().shipping_name == "Parcel"


def test_a_method_chosen_without_seeing_its_price_is_asked_about(shopper: Client) -> None:
    express = ShippingMethod.objects.get(name="Express")
    response = shopper.post(URL, as_shown(shopper) | {"shipping_method": str(express.pk)})
    assert response.status_code == 409
    assert "The total of your order was €18.90, and is now €24.90." in words(response)
    assert not Order.objects.exists()


def test_a_changed_country_is_told_even_where_a_field_is_wrong(shopper: Client) -> None:
    response = shopper.post(URL, as_shown(shopper) | {"country": "FR", "email": ""})
    assert response.status_code == 422
    assert "Enter your email address." in words(response)
    assert "Shipping to France costs €14.90" in words(response)


@pytest.mark.parametrize("total", ["", "NaN", "1e999999", "<b>1</b>", "9" * 5000])
def test_a_forged_total_is_not_repeated(shopper: Client, total: str) -> None:
    data = as_shown(shopper) | {"shown_total": total, "shown_country": "x" * 500}
    Variant.objects.update(price=13)
    response = shopper.post(URL, data)
    assert response.status_code == 409
    assert "The total of your order is €19.90." in words(response)


def test_totals_are_updated_for_another_country_without_finding_fault(shopper: Client) -> None:
    response = shopper.post(
        URL, {"refresh": "", "country": "FR", "email": "ki", "city": "Paris", "age_confirmed": "on"}
    )
    page = response.content.decode()
    assert response.status_code == 200
    assert "Continue to payment, €26.90" in words(response)
    assert '<option value="FR" selected>' in page
    assert 'value="ki"' in page
    assert 'value="Paris"' in page
    assert re.search(r'name="age_confirmed"[^>]* checked', page)
    assert 'role="alert"' not in page
    assert "field-error" not in page
    assert not Order.objects.exists()


def test_enter_in_a_field_goes_on_and_does_not_update_the_totals(shopper: Client) -> None:
    form_of_the_page = shopper.get(URL).content.decode().split('action="/orders/create/"')[1]
    buttons = re.findall(r"<button[^>]*>", form_of_the_page)
    assert "refresh" not in buttons[0]
    assert any("refresh" in button and "formnovalidate" in button for button in buttons)


@pytest.mark.parametrize(
    ("field", "value", "line"),
    [
        ("email", "", "Enter your email address."),
        ("email", "kim", "Enter a valid email address."),
        ("country", "", "Choose a country."),
        ("age_confirmed", "", "Confirm that you are 18 or older: otherwise we may not sell to you."),
        ("city", "Par\x07is", "City: Please use letters, digits and signs only."),
    ],
)
def test_the_summary_of_errors_says_what_to_do(shopper: Client, field: str, value: str, line: str) -> None:
    page = shopper.post(URL, as_shown(shopper) | {field: value}).content.decode()
    assert re.findall(r'<a href="#id_(\w+)">([^<]*)</a>', page) == [(field, line)]


def test_checkout_without_a_cart_says_why_there_is_none(client: Client) -> None:
    assert "Your browser no longer knows a cart." in words(client.get(URL, follow=True))


def test_the_part_that_is_fetched_again_tells_how_full_the_cart_is(shopper: Client) -> None:
    shopper.post(URL, as_shown(shopper))
    order = Order.objects.get()

    def count() -> str:
        part = shopper.get(order.get_absolute_url(), headers={"HX-Request": "true"}).content.decode()
        found = re.search(r'<span id="cart-count" data-key="(\d+)"', part)
        assert found
        return found[1]

    assert count() == "1"
    with transaction.atomic():
        services.mark_paid(transitions.lock(order.pk), actor="test")
    assert count() == "0"
