"""How much one order may have: of a variant, and in all. A refusal names the limit."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cart import defaults, services
from cart.models import CartLine
from cart.pricing import quote
from orders.services import CannotPlace
from shop.models import Variant
from tests.checkout import filled_cart, place
from tests.factories import VariantFactory
from tests.races import most_connections, run_together

pytestmark = pytest.mark.django_db


def post(client: Client, action: str, variant: Variant, quantity: int) -> str:
    url = reverse(f"cart:cart_{action}", args=[variant.pk])
    return client.post(url, {"quantity": quantity}, follow=True).content.decode()


def test_a_variants_own_limit_is_named(client: Client) -> None:
    variant = VariantFactory(maximum_per_order=6, stock=50)
    page = post(client, "add", variant, 10)
    assert f"One order may have at most 6 of {variant}: they are in your cart." in page
    assert CartLine.objects.get().quantity == 6
    assert f"One order may have at most 6 of {variant}." in post(client, "add", variant, 1)
    assert f"One order may have at most 6 of {variant}." in post(client, "update", variant, 7)
    assert CartLine.objects.get().quantity == 6


def test_without_one_the_shops_limit_holds(client: Client, settings: Any) -> None:
    settings.CART_MAXIMUM_UNITS = 4
    variant = VariantFactory(stock=50)
    post(client, "add", variant, 5)
    assert CartLine.objects.get().quantity == 4


def test_an_orders_limit_counts_every_line(client: Client, settings: Any) -> None:
    settings.ORDER_MAXIMUM_UNITS = 5
    one, two = VariantFactory(), VariantFactory()
    post(client, "add", one, 3)
    post(client, "add", two, 3)
    assert CartLine.objects.get(variant=two).quantity == 2
    assert "One order may have at most 5 units in all." in post(client, "add", two, 1)
    assert "One order may have at most 5 units in all." in post(client, "add", VariantFactory(), 1)
    assert "One order may have at most 5 units in all." in post(client, "update", one, 4)
    post(client, "update", one, 1)
    post(client, "add", two, 1)
    assert CartLine.objects.get(variant=two).quantity == 3


def test_a_limit_lowered_since_is_said_and_no_order_goes_beyond_it(client: Client) -> None:
    defaults.load()
    variant = VariantFactory(stock=50)
    post(client, "add", variant, 8)
    Variant.objects.update(maximum_per_order=6)
    page = client.get("/cart/").content.decode()
    assert "You wanted 8. One order may have at most 6 of it: please lower the quantity." in page
    assert client.get("/orders/create/").headers["Location"] == "/cart/"
    cart = CartLine.objects.get().cart
    assert quote(cart).is_too_large
    with pytest.raises(CannotPlace):
        place(cart)


def test_a_huge_number_is_refused_in_words(client: Client) -> None:
    variant = VariantFactory()
    post(client, "add", variant, 1)
    assert "One order may have at most 99" in post(client, "update", variant, 2**31 - 1)
    assert CartLine.objects.get().quantity == 1


@pytest.mark.needs("postgres")
@pytest.mark.django_db(transaction=True)
def test_many_tabs_adding_at_once_stay_within_the_limit() -> None:
    variant = VariantFactory(stock=99, maximum_per_order=10)
    cart = filled_cart(VariantFactory())
    results = run_together([lambda: services.add(cart, variant, 1)] * 30, connections=most_connections(10))
    assert cart.lines.get(variant=variant).quantity == 10
    assert {type(result) for result in results} <= {tuple, services.LimitReached}
