"""The same form sent again, by whatever accident, is the same order; a new visit to checkout is a new one."""

import re
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from cart import defaults
from cart.models import Cart
from cart.pricing import quote
from orders import services, transitions
from orders.models import Order
from shop.models import Variant
from tests.checkout import ADDRESS, filled_cart, pay
from tests.factories import VariantFactory
from tests.races import run_together

pytestmark = pytest.mark.django_db

URL = "/orders/create/"


@pytest.fixture
def variant() -> Variant:
    defaults.load()
    return VariantFactory(price=12)


@pytest.fixture
def shopper(client: Client, variant: Variant) -> Client:
    """A browser with one bottle in its cart."""
    client.post(reverse("cart:cart_add", args=[variant.pk]))
    return client


def visit(shopper: Client, **changes: Any) -> dict[str, Any]:
    """Open checkout, and fill it in: what the browser posts."""
    page = shopper.get(URL).content.decode()
    hidden = dict(re.findall(r'<input type="hidden" name="(fingerprint|token)" value="([^"]+)"', page))
    assert set(hidden) == {"fingerprint", "token"}
    return ADDRESS | hidden | {"age_confirmed": "on"} | changes


def ended(order: Order, into: Order.Status) -> None:
    with transaction.atomic():
        services.end(transitions.lock(order.pk), into, actor="test")


def test_53_a_lost_answer_is_asked_for_again_and_is_the_same_order(shopper: Client) -> None:
    data = visit(shopper)
    answers = [shopper.post(URL, data) for _try in range(3)]
    order = Order.objects.get()
    assert {answer["Location"] for answer in answers} == {f"/payment/process/?order={order.token}"}


def test_after_payment_the_form_shows_the_paid_order(shopper: Client) -> None:
    data = visit(shopper)
    shopper.post(URL, data)
    order = Order.objects.get()
    pay(order)
    assert shopper.post(URL, data)["Location"] == order.get_absolute_url()
    assert Order.objects.count() == 1


def test_after_payment_it_does_so_even_where_the_cart_was_filled_again(shopper: Client, variant: Variant) -> None:
    data = visit(shopper)
    shopper.post(URL, data)
    order = Order.objects.get()
    pay(order)
    shopper.post(reverse("cart:cart_add", args=[variant.pk]))
    assert shopper.post(URL, data)["Location"] == order.get_absolute_url()
    assert Order.objects.count() == 1


@pytest.mark.parametrize("into", [Order.Status.CANCELED, Order.Status.EXPIRED])
def test_after_its_end_the_form_shows_the_order_that_ended(shopper: Client, into: Order.Status) -> None:
    data = visit(shopper)
    shopper.post(URL, data)
    order = Order.objects.get()
    ended(order, into)
    assert shopper.post(URL, data)["Location"] == order.get_absolute_url()
    assert Order.objects.count() == 1
    assert Variant.objects.get().reserved == 0


def test_without_its_cookies_the_browser_still_finds_the_order(shopper: Client) -> None:
    data = visit(shopper)
    shopper.post(URL, data)
    shopper.cookies.clear()
    assert Order.objects.get().token in shopper.post(URL, data)["Location"]


def test_while_a_payment_is_confirmed_nobody_is_sent_to_pay(shopper: Client) -> None:
    data = visit(shopper)
    shopper.post(URL, data)
    order = Order.objects.get()
    services.note_return(order.pk)
    assert shopper.post(URL, data)["Location"] == order.get_absolute_url()


def test_a_new_visit_after_a_cancel_is_a_new_order(shopper: Client) -> None:
    shopper.post(URL, visit(shopper))
    ended(Order.objects.get(), Order.Status.CANCELED)
    assert shopper.post(URL, visit(shopper)).status_code == 307
    assert Order.objects.count() == 2


def test_the_same_form_with_another_address_is_another_order(shopper: Client) -> None:
    data = visit(shopper)
    shopper.post(URL, data)
    first = Order.objects.get()
    changed = data | {"city": "Hamburg"}
    assert shopper.post(URL, changed)["Location"] == f"/payment/supersede/?order={first.token}"
    ended(first, Order.Status.CANCELED)  # as superseding does, and then the form comes back
    shopper.post(URL, changed)
    assert Order.objects.exclude(pk=first.pk).get().city == "Hamburg"


def test_another_tab_continues_the_order_that_waits(shopper: Client) -> None:
    first, second = visit(shopper), visit(shopper)
    assert first["token"] != second["token"]
    answers = {shopper.post(URL, data)["Location"] for data in (first, second)}
    assert answers == {f"/payment/process/?order={Order.objects.get().token}"}


def test_a_refused_form_keeps_its_token(shopper: Client) -> None:
    data = visit(shopper)
    page = shopper.post(URL, data | {"email": ""}).content.decode()
    assert f'name="token" value="{data["token"]}"' in page


@pytest.mark.parametrize("token", ["", "x" * 64])
def test_70_a_token_of_ones_own_opens_no_other_order(shopper: Client, client: Client, token: str) -> None:
    data = visit(shopper, token=token)
    shopper.post(URL, data)
    stranger = Client()
    stranger.post(reverse("cart:cart_add", args=[Variant.objects.get().pk]))
    answer = stranger.post(URL, data | {"email": "eve@example.com"})
    first, second = Order.objects.order_by("pk")
    assert second.token in answer["Location"]
    assert first.token not in answer["Location"]


def placed_from_two_carts(token: str) -> list[Any]:
    """The same form sent at once by a browser that holds two carts with the same in them."""
    defaults.load()
    variant = VariantFactory()
    carts = [filled_cart(variant) for _cart in range(2)]
    seen = quote(carts[0], country="DE").fingerprint
    customer = services.Customer(ADDRESS, language="en")

    def place(cart: Cart) -> Order:
        return services.place_order(cart, customer, fingerprint=seen, token=token)

    return run_together([lambda cart=cart: place(cart) for cart in carts * 4], connections=8)  # type: ignore[misc]


@pytest.mark.needs("postgres")
@pytest.mark.django_db(transaction=True)
def test_63_one_form_sent_at_once_is_one_order_whatever_cart_it_comes_from() -> None:
    results = placed_from_two_carts("token")
    assert {getattr(result, "number", result) for result in results} == {Order.objects.get().number}
    assert Variant.objects.get().reserved == 1


@pytest.mark.needs("postgres")
@pytest.mark.django_db(transaction=True)
def test_63_without_the_token_it_would_be_two() -> None:
    placed_from_two_carts("")
    assert Order.objects.count() == 2
