"""Alarms about money and mails: each stands for what it names, and falls when that is over."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from background import health
from background.tasks import beat
from orders.models import InvoicePdf, Order, OrderEmail
from payment import services
from payment.models import CheckoutAttempt, Payment, ReconcileReport, Refund, RefusedDeliveries, StripeEvent
from tests.checkout import paid_order, placed_order

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]


@pytest.fixture(autouse=True)
def _beat() -> None:
    beat()


def standing() -> set[str]:
    """The names of the alarms that stand, without their rooms."""
    return {alarm.name.rpartition(".")[2] for alarm in health.alarms()}


def ago(**span: int) -> Any:
    return timezone.now() - timedelta(**span)


def event(name: str, **fields: Any) -> StripeEvent:
    row = StripeEvent.objects.create(
        event_id=name, type="checkout.session.completed", livemode=False, payload={}, **fields
    )
    return row


def payment(**fields: Any) -> Payment:
    """A payment of a paid order."""
    order = placed_order()
    Order.objects.filter(pk=order.pk).update(status=Order.Status.PAID)
    return Payment.objects.create(
        **{
            "order": order,
            "payment_intent": f"pi_{order.number}",
            "session_id": f"cs_{order.number}",
            "amount": order.total,
            "currency": "EUR",
            "livemode": False,
            "captured_at": timezone.now(),
        }
        | fields
    )


def test_a_quiet_shop_raises_none() -> None:
    payment()
    assert standing() == set()


def test_a_payment_that_no_event_told_of_means_silent_webhooks() -> None:
    found = payment()
    Payment.objects.update(captured_at=ago(minutes=10))
    assert standing() == set()  # not that old yet
    Payment.objects.update(captured_at=ago(minutes=20))
    assert standing() == {"webhooks_are_silent"}
    told = event("evt_1", object_id=found.session_id, state=StripeEvent.State.PROCESSED)
    StripeEvent.objects.update(received_at=ago(minutes=21))  # a webhook, and then the row
    assert standing() == set()
    StripeEvent.objects.filter(pk=told.pk).update(object_id="cs_other")
    assert standing() == {"webhooks_are_silent"}
    StripeEvent.objects.update(received_at=timezone.now())  # they arrive again
    assert standing() == set()


def test_no_sale_for_days_is_no_silence() -> None:
    payment(captured_at=ago(days=1, minutes=5))
    assert "webhooks_are_silent" not in standing()


@pytest.mark.parametrize(("state", "alarm"), [("parked", "events_are_given_up"), ("received", "events_wait")])
def test_events_that_stay_call(state: str, alarm: str) -> None:
    event("evt_1", state=state)
    StripeEvent.objects.update(received_at=ago(minutes=6))
    assert standing() == {alarm}
    StripeEvent.objects.update(state=StripeEvent.State.PROCESSED)
    assert standing() == set()


def test_34_an_event_about_nothing_of_ours_calls_for_a_day() -> None:
    event("evt_1", state=StripeEvent.State.ORPHAN)
    assert standing() == {"events_are_about_nothing_of_ours"}
    StripeEvent.objects.update(received_at=ago(days=1, minutes=1))
    assert standing() == set()


def test_33_deliveries_that_are_refused_all_day_call(client: Client) -> None:
    for _delivery in range(10):
        assert client.post("/payment/webhook/", b"{}", content_type="application/json").status_code == 400
    assert standing() == {"deliveries_are_refused"}
    RefusedDeliveries.objects.update(count=9)
    assert standing() == set()


def attempt(**fields: Any) -> CheckoutAttempt:
    order = placed_order()
    return CheckoutAttempt.objects.create(
        order=order, idempotency_key=order.number, parameters={}, expires_at=order.expires_at, **fields
    )


def test_04_a_revoked_key_calls_at_once() -> None:
    attempt(last_error="AuthenticationError 401")
    assert standing() == {"stripe_refuses_the_key"}


def test_a_stripe_that_does_not_answer_calls_after_five_minutes() -> None:
    attempt(last_error="APIConnectionError")
    assert standing() == set()
    CheckoutAttempt.objects.update(created=ago(minutes=6))
    assert standing() == {"stripe_does_not_answer"}


@pytest.mark.parametrize(
    ("changes", "alarm"),
    [
        ({"created": timedelta(minutes=11)}, "refunds_wait"),
        ({"state": Refund.State.FAILED}, "refunds_fail"),
    ],
)
def test_refunds_that_wait_or_fail_call(changes: dict[str, Any], alarm: str) -> None:
    refund = services.request_refund(
        Order.objects.get(pk=payment().order_id),
        Payment.objects.get(),
        Payment.objects.get().amount,
        reason="",
        actor="",
    )
    Order.objects.update(attention="")
    assert standing() == set()
    moved = {name: timezone.now() - value if isinstance(value, timedelta) else value for name, value in changes.items()}
    Refund.objects.filter(pk=refund.pk).update(**moved)
    assert standing() == {alarm}
    Refund.objects.update(state=Refund.State.SUCCEEDED)
    assert standing() == set()


def test_a_paid_order_without_a_payment_calls_unless_it_cost_nothing() -> None:
    payment().delete()
    assert standing() == {"orders_are_paid_without_payment"}
    Order.objects.update(total=0)
    assert standing() == set()


def test_many_orders_in_a_row_that_nobody_paid_call(settings: Any) -> None:
    settings.UNPAID_ORDERS_IN_A_ROW = 3
    for _order in range(3):
        placed_order()
    assert standing() == set()  # they still have time
    Order.objects.update(created=ago(hours=2))
    assert standing() == {"nobody_pays"}
    Order.objects.filter(pk=Order.objects.values("pk")[:1]).update(status=Order.Status.PROCESSING)
    assert standing() == set()


def test_a_row_of_unpaid_orders_of_long_ago_does_not_call(settings: Any) -> None:
    settings.UNPAID_ORDERS_IN_A_ROW = 1
    placed_order()
    Order.objects.update(created=ago(days=8))
    assert standing() == set()


def finished(**fields: Any) -> ReconcileReport:
    return ReconcileReport.objects.create(since=ago(days=7), finished=timezone.now(), **fields)


def test_books_that_differ_call_until_a_clean_report() -> None:
    finished(balance={"EUR": {"captured": {"here": "1.00", "there": "2.00", "difference": "-1.00"}}})
    assert standing() == {"books_differ"}
    finished()
    assert standing() == set()
    finished(unexplained_count=1)
    assert standing() == {"books_differ"}


def test_books_that_nobody_compares_call_once_there_are_payments() -> None:
    finished()
    ReconcileReport.objects.create(since=ago(days=7))  # a run that never finished
    ReconcileReport.objects.update(started=ago(days=3))
    assert standing() == set()
    payment(captured_at=ago(days=3))
    assert standing() == {"books_differ"}
    ReconcileReport.objects.update(started=ago(days=1))
    assert standing() == set()


def test_mails_that_wait_or_were_given_up_call() -> None:
    placed_order()
    assert standing() == set()
    OrderEmail.objects.update(round_began=ago(minutes=11))
    assert standing() == {"mails_wait"}
    OrderEmail.objects.update(state=OrderEmail.State.PARKED)
    assert standing() == {"mails_are_given_up"}
    OrderEmail.objects.update(created=ago(days=8))
    assert standing() == set()


def test_a_paper_that_cannot_be_drawn_or_waits_calls() -> None:
    paid_order()
    assert "papers_wait" not in standing()
    for trouble in ({"attempts": 3}, {"attempts": 0, "not_before": ago(minutes=11)}):
        InvoicePdf.objects.update(**trouble)
        assert "papers_wait" in standing()
    InvoicePdf.objects.update(made_at=timezone.now())
    assert "papers_wait" not in standing()


def test_orders_that_need_attention_call_by_number() -> None:
    order = placed_order()
    Order.objects.update(attention="Paid twice.")
    assert standing() == {"orders_need_attention"}
    assert order.number in next(health.alarms()).sentence


def test_alarms_stand_at_readyz_and_on_the_admins_first_page(client: Client, admin_client: Client) -> None:
    assert client.get("/readyz?deep").status_code == 200
    assert "No alarm" in admin_client.get("/admin/").content.decode()
    event("evt_1", state=StripeEvent.State.PARKED)
    deep = client.get("/readyz?deep")
    assert deep.status_code == 503
    sentence = deep.json()["alarms"][0]
    assert "given up" in sentence
    page = admin_client.get("/admin/").content.decode()
    assert sentence in page
    assert "No alarm" not in page
    assert "style=" not in page


@pytest.mark.parametrize("rows", [1, 5])
def test_a_probe_costs_a_fixed_number_of_queries(
    rows: int, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(rows):
        event(f"evt_{number}", state=StripeEvent.State.PARKED)
        found = payment(captured_at=ago(minutes=20))
        Refund.objects.create(payment=found, key=f"k{number}", amount=1, currency="EUR", state=Refund.State.FAILED)
    Order.objects.update(attention="look", total=F("total") + 1)
    client.get("/readyz")
    with django_assert_max_num_queries(25):
        assert len(client.get("/readyz").json()["alarms"]) == 3


def test_the_alarms_of_every_room_are_registered() -> None:
    names = {f"{check.__module__}" for check in health._checks}
    assert names == {"background.health", "messager.alarms", "orders.alarms", "payment.alarms", "shop.alarms"}
