"""An order's black box: for staff who may see orders, with everything that rows tell, at a fixed cost."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backoffice.black_box import steps
from cart import defaults
from orders.models import Order
from payment.models import CheckoutAttempt, Dispute, Payment, Refund, StripeEvent
from tests.checkout import placed_order
from tests.staff import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(rules: None) -> Order:
    """An order that awaits payment."""
    return placed_order()


@pytest.fixture
def rules(db: None) -> None:
    defaults.load()


def address(order: Order) -> str:
    return f"/admin/black-box/{order.number}/"


def staff(client: Client, *permissions: str) -> Client:
    user = User.objects.create_user("staff", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    sign_in(client, user)
    return client


def event(name: str, kind: str, content: dict[str, Any]) -> StripeEvent:
    payload = {"id": name, "created": 1_800_000_000, "data": {"object": content}}
    return StripeEvent.objects.create(
        event_id=name, type=kind, object_id=content["id"], livemode=False, payload=payload
    )


def fill(order: Order, name: str = "1") -> None:
    """One more row of every kind."""
    CheckoutAttempt.objects.create(
        order=order,
        state=CheckoutAttempt.State.EXPIRED,
        idempotency_key=f"key_{name}",
        session_id=f"cs_{name}",
        parameters={"mode": "payment", "note": "<b>bold</b>"},
        expires_at=timezone.now() + timedelta(minutes=40),
    )
    payment = Payment.objects.create(
        order=order,
        payment_intent=f"pi_{name}",
        amount=Decimal("12.50"),
        currency="EUR",
        livemode=False,
        captured_at=timezone.now(),
    )
    money = {"payment": payment, "amount": Decimal("2.50"), "currency": "EUR"}
    Refund.objects.create(key=f"refund_{name}", refund_id=f"re_{name}", reason="corked", actor="anna", **money)
    Dispute.objects.create(dispute_id=f"du_{name}", state="under_review", reason="fraudulent", **money)
    event(f"evt_session_{name}", "checkout.session.completed", {"id": f"cs_{name}"})
    event(f"evt_charge_{name}", "charge.refunded", {"id": f"ch_{name}", "payment_intent": f"pi_{name}"})


def test_only_staff_with_the_permission_see_it(order: Order, client: Client) -> None:
    assert client.get(address(order)).status_code == 302
    assert staff(client).get(address(order)).status_code == 403
    client.logout()
    User.objects.all().delete()
    assert staff(client, "view_order").get(address(order)).status_code == 200
    assert client.post(address(order)).status_code == 405


def test_a_customer_does_not_see_it(order: Order, client: Client) -> None:
    sign_in(client, User.objects.create_user("kim"))
    assert client.get(address(order)).status_code == 302


def test_an_unknown_number_is_not_found(admin_client: Client) -> None:
    assert admin_client.get("/admin/black-box/NONE-NONE/").status_code == 404


def test_it_shows_rows_of_every_kind_escaped(order: Order, admin_client: Client) -> None:
    fill(order)
    page = admin_client.get(address(order)).content.decode()
    for expected in [
        "placed (shopper)",
        "key_1",
        "cs_1",
        "€12.50 taken",
        "corked",
        "fraudulent",
        "under_review",
        "checkout.session.completed cs_1",
        "charge.refunded ch_1",
        "evt_charge_1",
        "order received",
        "reserved +1",
    ]:
        assert expected in page, expected
    assert "<details>" in page
    assert "&lt;b&gt;bold" in page
    assert "<b>bold" not in page
    assert "style=" not in page


def test_it_stands_in_the_order_of_time(order: Order) -> None:
    fill(order)
    times = [step.at for step in steps(order)]
    assert times == sorted(times)
    assert steps(order)[-1].what == "end of the session's time"


def test_an_event_about_a_payment_that_never_arrived_is_known_by_the_orders_number(order: Order) -> None:
    event("evt_declined", "payment_intent.payment_failed", {"id": "pi_x", "metadata": {"order": order.number}})
    event("evt_other", "payment_intent.payment_failed", {"id": "pi_y", "metadata": {"order": "OTHER"}})
    told = " ".join(step.what for step in steps(order))
    assert "pi_x" in told
    assert "pi_y" not in told


def test_nothing_of_another_order_is_in_it(order: Order) -> None:
    fill(placed_order(), "other")
    assert "other" not in " ".join(f"{step.what} {step.about}" for step in steps(order))


def test_the_number_of_queries_does_not_grow_with_the_rows(order: Order, admin_client: Client) -> None:
    fill(order, "0")
    counts = []
    for more in (1, 4):
        for number in range(more):
            fill(order, f"{more}{number}")
        with CaptureQueriesContext(connection) as queries:
            admin_client.get(address(order))
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 14


@pytest.mark.needs("postgres")
def test_events_are_found_by_index(order: Order) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = StripeEvent.objects.about(ids=["cs_1"], intents=["pi_1"], order=order.number).order_by().explain()
    assert "Seq Scan" not in plan
    assert {"stripe_event_object", "stripe_event_payment", "stripe_event_order"} <= set(plan.split())


def test_the_orders_admin_page_leads_to_it(order: Order, admin_client: Client) -> None:
    page = admin_client.get(f"/admin/orders/order/{order.pk}/change/").content.decode()
    assert f'href="{address(order)}"' in page
