"""Staff ship orders from the admin: what the page offers, refuses, and writes down."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from orders import services, transitions
from orders.models import Order, Shipment
from tests.factories import VariantFactory
from tests.staff import sign_in

from .test_shipping import item_of, paid_order, ship

pytestmark = pytest.mark.django_db

LIST = reverse("admin:orders_order_changelist")


@pytest.fixture
def order() -> Order:
    return paid_order()


def ship_url(order: Order) -> str:
    return reverse("admin:orders_order_ship", args=[order.pk])


def parcel(order: Order, units: Any = 3, **changes: str) -> dict[str, Any]:
    """What the page posts."""
    return {f"units_{item_of(order).pk}": units, "carrier": "dpd", "tracking": "0998", "tracking_url": ""} | changes


def change_page(client: Client, order: Order) -> str:
    return client.get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()


def test_the_page_offers_everything_that_is_left_and_ships_it(admin_client: Client, order: Order) -> None:
    ship(order, {item_of(order): 1})
    page = admin_client.get(ship_url(order)).content.decode()
    assert f'name="units_{item_of(order).pk}" value="2"' in page
    assert ship_url(order) in change_page(admin_client, order)
    response = admin_client.post(ship_url(order), parcel(order, 2))
    assert response.status_code == 302
    assert order.fulfilment == Order.Fulfilment.FULFILLED
    assert order.events.filter(kind="shipped").last().actor == "admin"  # type: ignore[union-attr]
    assert "DPD 0998" in LogEntry.objects.get().change_message
    page = change_page(admin_client, order)
    assert "DPD 0998" in page
    assert ship_url(order) not in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"units": 4}, "less than or equal to 3"),
        ({"units": -1}, "greater than or equal to 0"),
        ({"units": "many"}, "whole number"),
        ({"units": 0}, "at least one unit"),
        ({"carrier": "pigeon"}, "not one of the available choices"),
        ({"tracking_url": "javascript:alert(1)"}, "valid URL"),
        ({"tracking": "x" * 61}, "at most 60"),
    ],
)
def test_a_wrong_parcel_is_a_form_error(
    admin_client: Client, order: Order, changes: dict[str, Any], words: str
) -> None:
    response = admin_client.post(ship_url(order), parcel(order, **changes))
    assert response.status_code == 200
    assert words in response.content.decode()
    assert not Shipment.objects.exists()


def test_what_somebody_else_shipped_meanwhile_is_refused_with_a_sentence(admin_client: Client, order: Order) -> None:
    first = parcel(order)
    assert admin_client.post(ship_url(order), first).status_code == 302
    response = admin_client.post(ship_url(order), first)
    assert response.status_code == 200
    assert Shipment.objects.count() == 1
    assert "Everything was shipped." in response.content.decode()


def test_a_held_order_says_why_it_is_not_shipped(admin_client: Client, order: Order) -> None:
    with transaction.atomic():
        services.hold_shipping(transitions.lock(order.pk), "dispute dp_1", actor="Stripe")
    assert "dispute dp_1" in admin_client.get(ship_url(order)).content.decode()
    admin_client.post(ship_url(order), parcel(order))
    assert not Shipment.objects.exists()
    assert "on hold" in admin_client.get(LIST).content.decode()
    assert "dispute dp_1" in change_page(admin_client, order)


def test_who_may_only_look_ships_nothing(client: Client, order: Order) -> None:
    user = User.objects.create_user("clerk", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_order"))
    sign_in(client, user)
    shipment = ship(order, {item_of(order): 1})
    delivered = reverse("admin:orders_order_delivered", args=[order.pk, shipment.pk])
    for url in (ship_url(order), delivered):
        assert client.get(url).status_code == 403
        assert client.post(url, parcel(order)).status_code == 403
        assert url not in change_page(client, order)


def test_a_parcel_is_marked_as_arrived(admin_client: Client, order: Order) -> None:
    shipment = ship(order)
    url = reverse("admin:orders_order_delivered", args=[order.pk, shipment.pk])
    assert url in change_page(admin_client, order)
    future = {"delivered_at_0": "2999-01-01", "delivered_at_1": "10:00"}
    assert "in the future" in admin_client.post(url, future).content.decode()
    now = timezone.localtime()
    response = admin_client.post(url, {"delivered_at_0": f"{now:%Y-%m-%d}", "delivered_at_1": f"{now:%H:%M}"})
    assert response.status_code == 302
    shipment.refresh_from_db()
    assert shipment.delivered_at
    assert url not in change_page(admin_client, order)


def test_another_orders_parcel_is_not_found(admin_client: Client, order: Order) -> None:
    shipment = ship(paid_order())
    assert admin_client.get(reverse("admin:orders_order_delivered", args=[order.pk, shipment.pk])).status_code == 404


def test_the_list_finds_what_is_to_be_shipped(admin_client: Client, order: Order) -> None:
    done = paid_order()
    ship(done)
    for which, shown, hidden in (("to_ship", order, done), ("shipped", done, order)):
        page = admin_client.get(LIST, {"shipping": which}).content.decode()
        assert shown.number in page
        assert hidden.number not in page


def test_the_pages_cost_the_same_queries_however_many_lines_there_are(
    admin_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    few, many = paid_order(), paid_order(*[VariantFactory() for _line in range(6)], quantity=1)
    for order in (few, many):
        first = order.line_items.all()[0]
        ship(order, {first: 1})
    counts = []
    for order in (few, many):
        urls = (reverse("admin:orders_order_change", args=[order.pk]), ship_url(order))
        for url in urls:
            with django_assert_max_num_queries(25) as queries:
                admin_client.get(url)
            counts.append(len(queries))
    assert counts[:2] == counts[2:]
