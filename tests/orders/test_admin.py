"""What staff see of an order, and that they cannot write it by hand."""

import re
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from cart import defaults
from orders.models import Order
from payment.models import Payment, Refund
from tests.checkout import placed_order
from tests.staff import sign_in

pytestmark = pytest.mark.django_db

LIST = reverse("admin:orders_order_changelist")


@pytest.fixture
def order() -> Order:
    defaults.load()
    return placed_order()


def change_page(order: Order, client: Client) -> str:
    html = client.get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()
    return re.sub(r"\s+", " ", html)


def paid(order: Order) -> Payment:
    money = {"amount": Decimal("18.90"), "currency": "EUR"}
    payment = Payment.objects.create(
        order=order, payment_intent="pi_1", livemode=False, captured_at=timezone.now(), **money
    )
    Refund.objects.create(
        payment=payment, key="refund_1", amount=Decimal("2.50"), currency="EUR", reason="corked", actor="anna"
    )
    return payment


def test_the_page_of_an_order_names_it_and_leads_to_the_customers_page(order: Order, admin_client: Client) -> None:
    page = change_page(order, admin_client)
    assert f'<div class="readonly">{order.number}</div>' in page
    assert '<div class="readonly">awaiting payment</div>' in page
    assert f'href="{order.get_absolute_url()}"' in page
    assert "Germany" in page
    assert "Address line 1" in page


def test_amounts_are_written_as_people_write_them(order: Order, admin_client: Client) -> None:
    page = change_page(order, admin_client)
    for amount in ("€12.00", "€6.90 (Parcel)", "€18.90", "19 %"):
        assert amount in page, amount
    assert "12.000" not in page


def test_what_calls_for_staff_stands_first(order: Order, admin_client: Client) -> None:
    assert "Why staff must look" not in change_page(order, admin_client)
    Order.objects.update(attention="The payer paid twice.")
    page = change_page(order, admin_client)
    assert page.index("The payer paid twice.") < page.index(f'<div class="readonly">{order.number}</div>')


def test_the_page_shows_payments_and_what_went_back(order: Order, admin_client: Client) -> None:
    assert "No payment has arrived." in change_page(order, admin_client)
    payment = paid(order)
    page = change_page(order, admin_client)
    assert f'href="{reverse("admin:payment_payment_change", args=[payment.pk])}"' in page
    assert "€2.50" in page
    assert "(corked)" in page


def test_who_may_not_see_payments_gets_no_link_to_them(order: Order, client: Client) -> None:
    user = User.objects.create_user("packer", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_order"))
    sign_in(client, user)
    payment = paid(order)
    page = change_page(order, client)
    assert "pi_1" in page
    assert reverse("admin:payment_payment_change", args=[payment.pk]) not in page


def test_the_list_says_beside_the_number_who_calls_and_shortened_why(order: Order, admin_client: Client) -> None:
    Order.objects.update(attention="Paid after it ended. " * 20)
    page = admin_client.get(LIST).content.decode()
    headings = re.findall(r'<th scope="col" class="[^"]*column-(\w+)', page)
    assert headings[:3] == ["number", "status_badge", "shipping_badge"]
    assert '<span class="badge badge-bad">calls for somebody</span>' in page
    assert "Paid after it ended. Paid" in page
    assert page.count("Paid after it ended.") < 5


def test_the_list_costs_the_same_queries_however_long_it_is(
    order: Order, admin_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(12) as few:
        admin_client.get(LIST)
    for _number in range(5):
        placed_order()
    with django_assert_max_num_queries(12) as many:
        admin_client.get(LIST)
    assert len(many) == len(few)


def test_the_page_costs_the_same_queries_however_many_lines_it_has(
    order: Order, admin_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(20) as few:
        change_page(order, admin_client)
    item = order.line_items.get()
    for _number in range(5):
        item.pk = None
        item.save()
    with django_assert_max_num_queries(20) as many:
        change_page(order, admin_client)
    assert len(many) == len(few)


def test_nobody_writes_an_order_by_hand(order: Order, admin_client: Client) -> None:
    url = reverse("admin:orders_order_change", args=[order.pk])
    assert admin_client.post(url, {"total": "0.01"}).status_code == 403
    assert admin_client.get(reverse("admin:orders_order_add")).status_code == 403
