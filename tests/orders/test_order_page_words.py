"""What the order page says and offers in each state, and when it stops looking for news."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from cart import defaults
from orders import services, transitions
from orders.models import InvoicePdf, Order, OrderEmail
from shop import profile
from tests.checkout import pay, placed_order
from tests.factories import VariantFactory

from .test_shipping import paid_order, ship, take_off

pytestmark = pytest.mark.django_db

Status = Order.Status


@pytest.fixture
def order() -> Order:
    defaults.load()
    return placed_order()


def page(order: Order, **query: Any) -> str:
    return Client().get(order.get_absolute_url(), query).content.decode()


def test_an_unpaid_order_can_be_paid_or_canceled_and_says_until_when(order: Order) -> None:
    text = page(order)
    assert "Waiting for your payment" in text
    assert "Pay now" in text
    assert "Cancel this order" in text
    assert "We have not received your payment yet. We keep everything for you until" in text
    assert "not been charged" not in text
    assert "Ship to" in text
    assert "Shipped to" not in text
    assert 'data-state="waiting"' in text


def test_back_from_paying_nothing_is_offered_that_could_charge_twice(order: Order) -> None:
    services.note_return(order.pk)
    text = page(order)
    assert "Confirming your payment" in text
    assert "do not pay again" in text
    assert "Pay now" not in text
    assert 'http-equiv="refresh"' in text


def test_a_page_that_waits_for_nothing_does_not_reload_itself(order: Order) -> None:
    assert 'http-equiv="refresh"' not in page(order)


def test_a_processing_payment_says_not_to_pay_again(order: Order) -> None:
    with transaction.atomic():
        services.mark_processing(transitions.lock(order.pk), actor="test")
    text = page(order)
    assert "Your payment is being processed" in text
    assert "do not pay again" in text
    assert "Pay now" not in text


def test_a_paid_order_waits_for_its_receipt_and_then_for_nothing(order: Order) -> None:
    with transaction.atomic():
        services.mark_paid(transitions.lock(order.pk), actor="test")
    text = page(order)
    assert "Your order is paid" in text
    assert 'data-state="settling"' in text
    assert "data-missing" in text
    OrderEmail.objects.update(state=OrderEmail.State.SENT, sent_at=timezone.now())
    InvoicePdf.objects.update(made_at=timezone.now())
    assert "data-missing" not in page(order)


def test_the_papers_of_an_order_come_to_a_page_that_is_open(order: Order) -> None:
    def papers() -> tuple[str, bool]:
        part = Client().get(order.get_absolute_url(), headers={"HX-Request": "true"}).content.decode()
        key = re.search(r'id="order-papers"[^>]*data-key="([^"]*)"', part)
        assert key
        return key[1], "Invoice " in part.split('id="order-papers"')[1]

    before = papers()
    pay(order)
    after = papers()
    assert (before[1], after[1]) == (False, True)
    assert before[0] != after[0]  # by which the page knows to replace it


@pytest.mark.parametrize(
    ("status", "words"),
    [(Status.CANCELED, "This order is canceled"), (Status.EXPIRED, "This order has expired")],
)
def test_an_ended_order_says_that_nothing_was_charged(order: Order, status: Status, words: str) -> None:
    with transaction.atomic():
        services.end(transitions.lock(order.pk), status, actor="test")
    text = page(order)
    assert words in text
    assert "You have not been charged" in text
    assert "Pay now" not in text
    assert 'data-state="final"' in text


def test_after_the_hold_nobody_is_sent_to_pay(order: Order) -> None:
    Order.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    text = page(order)
    assert "The time to pay is over" in text
    assert "Pay now" not in text


def test_money_for_an_ended_order_is_never_denied(order: Order) -> None:
    with transaction.atomic():
        services.end(transitions.lock(order.pk), Status.CANCELED, actor="test")
    Order.objects.update(attention="Paid after it ended, and sold out since: refund it in full.")
    text = page(order)
    assert "You have not been charged" not in text
    assert "you get your money back" in text


def test_a_shipped_order_tells_where_its_parcels_are() -> None:
    order = paid_order()
    item = order.line_items.get()
    assert "pack your order next" in page(order)
    ship(order, {item: 1}, tracking="0034")
    text = page(order)
    assert "A part of your order is on its way" in text
    assert "A parcel left with DHL. Number 0034." in text
    assert 'href="https://www.dhl.com' in text
    assert "The rest is shipped" in text
    last = ship(order, carrier="other", tracking="")
    text = page(order)
    assert "Your order is on its way" in text
    assert "A parcel left." in text
    with transaction.atomic():
        for shipment in order.shipments.all():
            services.mark_delivered(shipment, actor="test")
    assert last in order.shipments.all()
    assert "Your order has arrived" in page(order)


def test_nothing_is_promised_to_be_packed_while_units_are_withdrawn_or_when_none_are_left() -> None:
    order = paid_order()
    item = order.line_items.get()
    statement = services.Statement(uuid4(), "Kim Doe", "kim@example.com")
    with transaction.atomic():
        withdrawal = services.withdraw(transitions.lock(order.pk), {item: 2}, statement)
    assert "pack your order next" not in page(order)
    steps = Client().get(order.get_absolute_url()).context["steps"]
    assert "Shipped" not in [step.label for step in steps]
    with transaction.atomic():
        services.close_withdrawal(transitions.lock(order.pk), withdrawal, restock=True, actor="test")
    assert "pack your order next" in page(order), "one is left"
    assert "pack your order next" not in page(nothing_left())


def nothing_left() -> Order:
    """A paid order whose units were all refunded, though not its shipping."""
    order = paid_order()
    take_off(order, {order.line_items.get(): 3}, restock=True)
    return order


def test_staff_are_not_asked_to_ship_what_is_not_there(admin_client: Client) -> None:
    for order, asked in ((paid_order(), True), (nothing_left(), False)):
        text = admin_client.get(f"/admin/orders/order/{order.pk}/change/").content.decode()
        assert (f"/admin/orders/order/{order.pk}/ship/" in text) == asked


def test_withdrawing_is_offered_for_contracts_only(order: Order) -> None:
    url = f"/orders/{order.token}/withdraw/"
    assert url not in page(order)
    pay(order)
    assert url in page(order)


def test_the_pages_of_an_order_cost_the_same_queries_however_many_lines_it_has(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    few = paid_order(quantity=2)
    many = paid_order(*[VariantFactory() for _line in range(7)], quantity=2)
    counts: list[list[int]] = []
    for order in (few, many):
        for item in order.line_items.all():
            ship(order, {item: 1})
        counts.append([])
        for path in (order.get_absolute_url(), f"/orders/{order.token}/withdraw/"):
            profile.forget()  # it is read once in a while
            with django_assert_max_num_queries(20) as queries:
                Client().get(path)
            counts[-1].append(len(queries))
    assert counts[0] == counts[1], counts
