"""Faults 24 to 36 from the delivery to its effect; what the door itself refuses is in test_webhook.py."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import permutations
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client

from orders.models import Order, OrderEmail, OrderEvent
from payment import handlers, services
from payment.models import CheckoutAttempt, Dispute, Payment, Refund, RefusedDeliveries, StripeEvent
from shop.models import Variant
from tests.races import run_together
from tests.stripe_sandbox.process import Sandbox

from .deliveries import deliver, event, post, signature
from .paying import (
    calls_to,
    charge_of,
    checked_out,
    dashboard,
    events_of,
    everything_is_due,
    fresh,
    hear,
    hear_all,
    must_balance,
    session_of,
    work_off,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]

Status = Order.Status
State = StripeEvent.State


def paid_session(sandbox: Sandbox) -> tuple[Order, dict[str, Any]]:
    """An order that was paid a moment ago, and the event that says so."""
    order, attempt = checked_out()
    sandbox.pay(session_of(attempt))
    return order, events_of(sandbox, "checkout.session.completed")[0]


def must_be_paid_once(order: Order) -> None:
    """The order was paid, once, and everything that follows happened once."""
    assert fresh(order).status == Status.PAID
    assert Payment.objects.count() == 1
    assert order.events.filter(kind=Status.PAID).count() == 1
    assert order.emails.filter(kind=OrderEmail.Kind.RECEIPT).count() == 1
    assert Variant.objects.get().reserved == 1
    must_balance()


def test_24_a_forged_event_about_a_real_order_moves_nothing(sandbox: Sandbox, client: Client) -> None:
    order, attempt = checked_out()
    forged = event("checkout.session.completed", session_of(attempt))
    payload = json.dumps(forged).encode()
    for header in ("", signature(payload, secret="whsec_guessed"), signature(b"of something else")):
        assert post(client, payload, header) == 400
    assert not StripeEvent.objects.exists()
    assert RefusedDeliveries.objects.get().count == 3
    assert fresh(order).status == Status.PENDING
    assert deliver(client, forged) == 200  # even well signed, it is Stripe that is asked
    work_off()
    assert fresh(order).status == Status.PENDING


def test_25_while_a_secret_is_rolled_events_signed_with_either_settle(
    sandbox: Sandbox, client: Client, settings: Any
) -> None:
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_new", "whsec_old"]
    for secret in ("whsec_old", "whsec_new"):
        order, attempt = checked_out()
        sandbox.pay(session_of(attempt))
        payload = json.dumps(events_of(sandbox, "checkout.session.completed")[-1]).encode()
        assert post(client, payload, signature(payload, secret=secret)) == 200
        work_off()
        assert fresh(order).status == Status.PAID


def test_27_a_replay_within_its_time_has_no_second_effect(sandbox: Sandbox, client: Client) -> None:
    order, told = paid_session(sandbox)
    payload = json.dumps(told).encode()
    header = signature(payload)
    for _time in range(3):
        assert post(client, payload, header) == 200
        work_off()
    assert StripeEvent.objects.get().attempts == 1
    must_be_paid_once(order)


@pytest.mark.needs("postgres")
@pytest.mark.django_db(transaction=True)
def test_28_the_same_event_fifty_times_at_once_has_one_effect(sandbox: Sandbox) -> None:
    order, told = paid_session(sandbox)

    def arrive() -> tuple[int, Any]:
        status = deliver(Client(), told)
        return status, handlers.process(StripeEvent.objects.get(event_id=told["id"]).pk)

    results = run_together([arrive] * 50, connections=25)
    assert {status for status, _state in results} == {200}
    assert [state for _status, state in results].count(State.PROCESSED) == 1
    assert StripeEvent.objects.get().attempts == 1
    must_be_paid_once(order)


@pytest.mark.needs("postgres")
@pytest.mark.django_db(transaction=True)
def test_29_two_events_about_one_fact_at_once_have_one_effect(sandbox: Sandbox) -> None:
    order, told = paid_session(sandbox)
    succeeded = events_of(sandbox, "payment_intent.succeeded")[0]
    twins = [told, told | {"id": "evt_twin"}, succeeded, succeeded | {"id": "evt_other_twin"}]
    for twin in twins:
        assert deliver(Client(), twin) == 200
    pks = list(StripeEvent.objects.values_list("pk", flat=True))
    assert len(pks) == 4
    results = run_together([lambda pk=pk: handlers.process(pk) for pk in pks], connections=4)  # type: ignore[misc]
    assert results == [State.PROCESSED] * 4
    must_be_paid_once(order)


def facts(order: Order) -> dict[str, Any]:
    """All that the shop holds to be true of an order, without the way there."""
    order = fresh(order)
    return {
        "order": (order.status, sorted(order.attention.splitlines()), order.hold_shipping),
        "attempts": list(CheckoutAttempt.objects.values_list("state", flat=True)),
        "payments": list(Payment.objects.values_list("payment_intent", "amount", "currency")),
        "refunds": sorted(Refund.objects.values_list("refund_id", "amount", "state")),
        "disputes": list(Dispute.objects.values_list("dispute_id", "state", "amount")),
        "mails": sorted(order.emails.values_list("kind", "reference")),
        "history": sorted(order.events.values_list("kind", "reason")),
        "stock": (Variant.objects.get().on_hand, Variant.objects.get().reserved),
    }


def start_over(order: Order) -> None:
    """Put the shop back to where it knew of an open session and nothing else; Stripe stays as it is."""
    for model in (StripeEvent, Dispute, Refund, Payment):
        model.objects.all().delete()
    OrderEvent.objects.exclude(kind="placed").delete()
    OrderEmail.objects.exclude(kind=OrderEmail.Kind.RECEIVED).delete()
    CheckoutAttempt.objects.update(state=CheckoutAttempt.State.OPEN)
    Order.objects.update(status=Status.PENDING, attention="", hold_shipping="", revision=0, paid_at=None)


def test_30_every_order_of_payment_refund_and_dispute_ends_in_the_same_state(sandbox: Sandbox, client: Client) -> None:
    order, attempt = checked_out()
    sandbox.pay(session_of(attempt))
    intent = sandbox.sessions()[0]["payment_intent"]
    dashboard(sandbox).v1.refunds.create({"payment_intent": intent, "amount": 500})
    sandbox.control("POST", f"charges/{charge_of(sandbox, intent)}/dispute")
    kinds = ("checkout.session.completed", "refund.created", "charge.refunded", "charge.dispute.created")
    told = events_of(sandbox, *kinds)
    assert len(told) == 4
    ends = []
    for sequence in permutations(told):
        start_over(order)
        hear(client, *sequence)
        assert set(StripeEvent.objects.values_list("state", flat=True)) == {State.PROCESSED}
        ends.append(facts(order))
    assert len(ends) == 24
    assert all(end == ends[0] for end in ends)
    assert ends[0]["order"][0] == Status.PAID
    assert [len(ends[0][name]) for name in ("payments", "refunds", "disputes", "mails")] == [1, 1, 1, 3]


def test_30_every_order_of_a_refund_that_fails_ends_in_failure(sandbox: Sandbox, client: Client) -> None:
    order, attempt = checked_out()
    sandbox.pay(session_of(attempt))
    made = dashboard(sandbox).v1.refunds.create({"payment_intent": sandbox.sessions()[0]["payment_intent"]})
    sandbox.control("POST", f"refunds/{made.id}/fail")
    told = events_of(sandbox, "checkout.session.completed", "refund.created", "refund.updated", "refund.failed")
    assert len(told) == 4
    ends = []
    for sequence in permutations(told):
        start_over(order)
        hear(client, *sequence)
        ends.append(facts(order))
    assert all(end == ends[0] for end in ends)
    assert ends[0]["refunds"] == [(made.id, order.total, Refund.State.FAILED)]


def test_31_the_types_that_the_shop_does_not_know_do_no_harm(sandbox: Sandbox, client: Client) -> None:
    order, _told = paid_session(sandbox)
    hear_all(client, sandbox)  # charge.updated and others among them
    states = dict(StripeEvent.objects.values_list("type", "state"))
    assert states["checkout.session.completed"] == State.PROCESSED
    assert {states[kind] for kind in states if kind not in handlers.HANDLERS} == {State.IGNORED}
    must_be_paid_once(order)


def test_33_a_thin_event_is_refused_counted_and_told(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    thin = {"id": "evt_thin", "object": "v2.core.event", "type": "v1.billing.meter", "livemode": False}
    thin |= {"related_object": {"id": "meter_1"}, "data": {"object": {"id": "secret payload"}}}
    assert deliver(client, thin) == 400
    assert not StripeEvent.objects.exists()
    assert RefusedDeliveries.objects.get().count == 1
    told = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert any("webhook refused" in line for line in told)
    assert "secret payload" not in caplog.text


def test_34_an_event_about_an_unknown_order_is_kept_as_an_orphan_and_told(
    sandbox: Sandbox, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    order, told = paid_session(sandbox)
    CheckoutAttempt.objects.all().delete()  # another shop on the same account
    with caplog.at_level(logging.ERROR):
        hear(client, told)
    assert StripeEvent.objects.get().state == State.ORPHAN
    assert "nothing of ours" in caplog.text
    assert fresh(order).status == Status.PENDING
    assert not Payment.objects.exists()


@contextmanager
def broken_table(table: str) -> Iterator[None]:
    """A table into which the database lets nobody insert."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'the disk is full' USING ERRCODE = 'disk_full'; END $$"
        )
        cursor.execute(f"CREATE TRIGGER broken BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION broken()")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION broken CASCADE")


@pytest.mark.needs("postgres")
@pytest.mark.django_db(transaction=True)
def test_35_a_delivery_that_cannot_be_stored_is_a_server_error_and_comes_again(sandbox: Sandbox) -> None:
    order, told = paid_session(sandbox)
    stripe_itself = Client(raise_request_exception=False)
    with broken_table("payment_stripeevent"):
        assert deliver(stripe_itself, told) >= 500
    assert not StripeEvent.objects.exists()
    hear(stripe_itself, told)  # Stripe delivers it again
    must_be_paid_once(order)


@pytest.mark.needs("postgres")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "table", ["payment_payment", "orders_orderevent", "orders_orderemail", "shop_sale", "payment_refund"]
)
def test_35_a_handler_that_the_database_fails_leaves_nothing_half_done(
    sandbox: Sandbox, client: Client, table: str
) -> None:
    order, told = paid_session(sandbox)
    if table == "payment_refund":
        hear(client, told)
        dashboard(sandbox).v1.refunds.create({"payment_intent": Payment.objects.get().payment_intent, "amount": 500})
        told = events_of(sandbox, "refund.created")[0]
    before = facts(order)
    assert deliver(client, told) == 200
    row = StripeEvent.objects.get(event_id=told["id"])
    with broken_table(table), pytest.raises(DatabaseError):
        handlers.process(row.pk)
    assert facts(order) == before
    row.refresh_from_db()
    assert (row.state, "disk is full" in row.last_error) == (State.RECEIVED, True)
    everything_is_due()
    work_off()
    must_be_paid_once(order)
    assert Refund.objects.count() == (1 if table == "payment_refund" else 0)


def test_36_no_other_method_reaches_the_inbox(sandbox: Sandbox, client: Client) -> None:
    _order, told = paid_session(sandbox)
    for method in ("get", "put", "patch", "delete", "options"):
        answer = getattr(client, method)("/payment/webhook/", data=json.dumps(told) if method != "get" else None)
        assert answer.status_code == 405
    assert not StripeEvent.objects.exists()
    assert not calls_to(sandbox, "GET", "/v1/checkout/sessions/")


def test_a_replayed_event_is_worked_on_again(sandbox: Sandbox, client: Client) -> None:
    order, told = paid_session(sandbox)
    hear(client, told)
    row = StripeEvent.objects.get()
    handlers.replay(row)
    work_off()
    row.refresh_from_db()
    assert (row.state, row.attempts) == (State.PROCESSED, 1)
    must_be_paid_once(order)
    assert services.settle_session("cs_test_of_nobody") is None
