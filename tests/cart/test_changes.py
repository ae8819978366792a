"""What a cart says when the shop has changed since the last look: named line by line, old and new, and asked about."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cart import defaults
from cart.models import Cart, CartLine
from shop import prices, stock
from shop.models import Variant
from tests.factories import VariantFactory

pytestmark = pytest.mark.django_db

CART = "/cart/"
CHECKOUT = "/orders/create/"


@pytest.fixture
def variant(client: Client) -> Variant:
    """A bottle for €12.00, three of which are in the browser's cart."""
    defaults.load()
    variant = VariantFactory(price=12)
    client.post(reverse("cart:cart_add", args=[variant.pk]), {"quantity": 3})
    return variant


def words(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", response.content.decode()).split())


def shown_price() -> Decimal | None:
    return CartLine.objects.values_list("shown_price", flat=True).get()


def test_a_cart_that_nothing_happened_to_asks_nothing(client: Client, variant: Variant) -> None:
    page = words(client.get(CART))
    assert "Prices have changed" not in page
    assert "Checkout" in page


@pytest.mark.parametrize(("price", "now"), [("13.50", "€13.50"), ("9.99", "€9.99")])
def test_a_changed_price_is_named_and_asked_about(client: Client, variant: Variant, price: str, now: str) -> None:
    prices.set_price(variant.pk, Decimal(price))
    page = client.get(CART)
    assert f"{variant}: it was €12.00, and is now {now}" in words(page)
    assert f"The price has changed: it was €12.00 and is now {now}." in words(page)
    assert 'name="checkout"' not in page.content.decode()
    assert client.get(CHECKOUT).headers["Location"] == CART
    client.post(reverse("cart:cart_accept"), {f"price_{variant.pk}": price})
    page = client.get(CART)
    assert "has changed" not in words(page)
    assert 'name="checkout"' in page.content.decode()
    assert client.get(CHECKOUT).status_code == 200


def test_looking_again_does_not_count_as_agreeing(client: Client, variant: Variant) -> None:
    prices.set_price(variant.pk, Decimal(13))
    for _look in range(2):
        assert "it was €12.00, and is now €13.00" in words(client.get(CART))


def test_a_price_that_moved_on_after_the_page_is_asked_about_again(client: Client, variant: Variant) -> None:
    prices.set_price(variant.pk, Decimal(14))
    client.post(reverse("cart:cart_accept"), {f"price_{variant.pk}": "13"})
    assert "it was €13.00, and is now €14.00" in words(client.get(CART))


@pytest.mark.parametrize("value", ["", "NaN", "-1", "1e999", "x", "9" * 5000])
def test_a_forged_agreement_changes_nothing_but_the_question(client: Client, variant: Variant, value: str) -> None:
    client.post(reverse("cart:cart_accept"), {f"price_{variant.pk}": value, "price_x": "1", f"price_{'9' * 30}": "1"})
    assert shown_price() == 12


def test_70_agreeing_to_another_price_does_not_make_it_the_price(client: Client, variant: Variant) -> None:
    client.post(reverse("cart:cart_accept"), {f"price_{variant.pk}": "0.01"})
    page = client.get(CART)
    assert page.context["quote"].subtotal == 36
    assert "it was €0.01, and is now €12.00" in words(page)


def test_a_price_that_is_back_where_it_was_is_no_news(client: Client, variant: Variant) -> None:
    prices.set_price(variant.pk, Decimal(13))
    prices.set_price(variant.pk, Decimal(12))
    assert "has changed" not in words(client.get(CART))


def test_a_shrunk_shelf_is_named_with_what_was_wanted_and_offers_what_is_left(client: Client, variant: Variant) -> None:
    stock.adjust(variant.pk, -8, reference="broken")
    page = client.get(CART)
    assert "You wanted 3. Only 2 left: please lower the quantity." in words(page)
    assert client.get(CHECKOUT).headers["Location"] == CART
    client.post(reverse("cart:cart_update", args=[variant.pk]), {"quantity": 2})
    assert "You wanted" not in words(client.get(CART))


def test_removing_offers_to_undo_and_undoing_brings_the_line_back(client: Client, variant: Variant) -> None:
    page = client.post(reverse("cart:cart_update", args=[variant.pk]), {"quantity": 0}, follow=True)
    assert f"Removed: {variant}. Undo" in words(page)
    assert not CartLine.objects.exists()
    form = page.content.decode().split("Removed:")[0].rpartition("<form")[2]
    assert f'action="{reverse("cart:cart_add", args=[variant.pk])}"' in form
    assert 'name="quantity" value="3"' in form
    client.post(reverse("cart:cart_add", args=[variant.pk]), {"quantity": 3})
    assert CartLine.objects.get().quantity == 3
    again = client.get(CART, {"removed": variant.pk, "quantity": 3})
    assert "Undo" not in words(again), "it is in the cart"


@pytest.mark.parametrize("query", [{"removed": "x"}, {"removed": "-1", "quantity": "1"}, {"removed": "9" * 30}, {}])
def test_a_forged_undo_offers_nothing(client: Client, variant: Variant, query: dict[str, str]) -> None:
    assert "Undo" not in words(client.get(CART, query))


def test_77_an_unpublished_product_leaves_with_its_name(client: Client, variant: Variant) -> None:
    variant.product.published = False
    variant.product.save()
    assert f"{variant} is no longer sold and was removed from your cart." in words(client.get(CART))
    assert "no longer sold" not in words(client.get(CART))


def test_77_a_deleted_variant_leaves_with_its_name(client: Client, variant: Variant) -> None:
    name = str(variant)
    Variant.objects.all().delete()
    assert client.get(CHECKOUT).headers["Location"] == CART
    assert f"{name} is no longer sold and was removed from your cart." in words(client.get(CART))
    assert not CartLine.objects.exists()


def test_the_country_survives_a_changed_quantity(client: Client, variant: Variant) -> None:
    client.post(reverse("cart:cart_ship"), {"country": "FR"})
    client.post(reverse("cart:cart_update", args=[variant.pk]), {"quantity": 1})
    page = client.get(CART)
    assert page.context["quote"].country == "FR"
    assert '<option value="FR" selected>' in page.content.decode()
    assert client.get(CHECKOUT).context["quote"].country == "FR"


@pytest.mark.parametrize("country", ["BR", "XX", "", "<b>", "D" * 5000])
def test_a_country_that_nothing_is_sent_to_is_not_remembered(client: Client, variant: Variant, country: str) -> None:
    client.post(reverse("cart:cart_ship"), {"country": country, "method": country})
    cart = Cart.objects.get()
    assert (cart.country, cart.method) == ("", "")


def test_a_shopper_chooses_between_the_methods_that_serve(client: Client, variant: Variant) -> None:
    page = client.get(CART)
    names = [choice.name for choice in page.context["quote"].choices]
    assert names == ["Parcel", "Express"]
    assert "2 to 3 working days" in words(page)
    express = page.context["quote"].choices[1]
    client.post(reverse("cart:cart_ship"), {"country": "DE", "method": express.id})
    quote = client.get(CHECKOUT).context["quote"]
    assert (quote.shipping_name, quote.shipping, quote.delivery) == ("Express", Decimal("12.90"), (1, 1))
    client.post(reverse("cart:cart_ship"), {"country": "FR", "method": express.id})
    assert client.get(CART).context["quote"].shipping_name == "Parcel abroad", "Express does not go there"
