"""Each guard earns its place: a race that holds with it is run once more without it, and must go wrong.

The conditional update of the shelf has its test beside fault 61, in tests/orders/test_race_guards.py.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from orders import transitions
from orders.models import Order
from payment import gateway, handlers, services
from payment.models import CheckoutAttempt, Payment, Refund, RefundQuerySet, StripeEvent, StripeEventQuerySet
from payment.services import checkout, disputes, refunds, settlement
from tests.checkout import placed_order
from tests.races import run_together
from tests.stripe_sandbox.process import Sandbox

from .deliveries import deliver
from .paying import calls_to, checked_out, events_of, refunds_at_stripe, session_of
from .test_faults_races import OLD_ANSWERS, old_unpaid_after_paid

pytestmark = [
    pytest.mark.needs("postgres"),
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("rules"),
]

AT_ONCE = 6
Race = Callable[[Sandbox], None]


@contextmanager
def without_uniqueness(table: str, *, column: str) -> Iterator[None]:
    """The table without what keeps this column's values apart; empty afterwards."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname, indexdef, conname FROM pg_indexes LEFT JOIN pg_constraint ON conname = indexname"
            " WHERE tablename = %s AND indexdef LIKE 'CREATE UNIQUE%%' AND indexdef LIKE %s",
            [table, f"%({column})%"],
        )
        [(name, definition, constraint)] = cursor.fetchall()
        is_constraint = constraint is not None
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}" if is_constraint else f"DROP INDEX {name}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {table} CASCADE")
            cursor.execute(definition)
            if is_constraint:
                cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE USING INDEX {name}")


def where_two_meet(looking: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The same, but of those who race, two have looked before one of them goes on."""
    two_have_looked = threading.Barrier(2)

    def look(what: Any) -> Any:
        found = looking(what)
        if threading.current_thread() is not threading.main_thread():
            try:
                two_have_looked.wait(3)
            except threading.BrokenBarrierError:
                two_have_looked.reset()
        return found

    return look


def without_order_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Orders are read, not locked."""
    monkeypatch.setattr(transitions, "lock", where_two_meet(lambda order_id: Order.objects.get(pk=order_id)))


# The same event many times at once: its unique id, and the claim before its handler


def one_row(sandbox: Sandbox) -> None:
    _order, attempt = checked_out()
    sandbox.pay(session_of(attempt))
    told = events_of(sandbox, "checkout.session.completed")[-1]
    run_together([lambda: deliver(Client(), told)] * AT_ONCE, connections=AT_ONCE)
    assert StripeEvent.objects.filter(event_id=told["id"]).count() == 1


def test_28_the_event_id_is_unique(sandbox: Sandbox) -> None:
    one_row(sandbox)
    with without_uniqueness("payment_stripeevent", column="event_id"), pytest.raises(AssertionError):
        one_row(sandbox)


def one_handler(sandbox: Sandbox) -> None:
    _order, attempt = checked_out()
    sandbox.pay(session_of(attempt))
    told = events_of(sandbox, "checkout.session.completed")[-1]
    deliver(Client(), told)
    row = StripeEvent.objects.get(event_id=told["id"])
    run_together([lambda: handlers.process(row.pk)] * AT_ONCE, connections=AT_ONCE)
    row.refresh_from_db()
    assert row.attempts == 1


def test_28_an_event_is_claimed_before_its_handler_runs(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    one_handler(sandbox)
    monkeypatch.setattr(StripeEventQuerySet, "due", lambda self: self.all())
    with pytest.raises(AssertionError):
        one_handler(sandbox)


# Old answers: the revision


@pytest.mark.parametrize("race", [race for race in OLD_ANSWERS if race is not old_unpaid_after_paid])
def test_65_an_order_that_moved_between_question_and_lock_is_asked_about_again(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, race: Callable[[Sandbox, pytest.MonkeyPatch], None]
) -> None:
    """The race itself passes in test_faults_races.py. An old `open` does no harm even without this guard."""

    def agree_without_looking(order_id: int, ask: Callable[[], Any], apply: Callable[[Order, Any], None]) -> Order:
        answer = ask()
        with transaction.atomic():
            order = transitions.lock(order_id)
            apply(order, answer)
            return order

    for room in (settlement, refunds, disputes):
        monkeypatch.setattr(room, "agree", agree_without_looking)
    with pytest.raises(AssertionError):
        race(sandbox, monkeypatch)


# A refund is submitted once


def one_call(sandbox: Sandbox) -> None:
    order, attempt = checked_out()
    sandbox.pay(session_of(attempt))
    services.settle(attempt, patient=True)
    payment = order.payments.get()
    with transaction.atomic():
        locked = transitions.lock(order.pk)
        refund = services.request_refund(locked, payment, payment.amount, reason="test", actor="staff")
    before = len(calls_to(sandbox, "POST", "/v1/refunds"))
    run_together([lambda: services.submit_refund(refund.pk)] * AT_ONCE, connections=AT_ONCE)
    assert len(calls_to(sandbox, "POST", "/v1/refunds")) == before + 1


def test_17_a_refund_is_claimed_before_stripe_is_asked(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    one_call(sandbox)
    monkeypatch.setattr(RefundQuerySet, "due", lambda self: self.all())
    with pytest.raises(AssertionError):
        one_call(sandbox)
    assert len(refunds_at_stripe(sandbox)) == 2, "even then its key makes it one refund"


def not_more_than_was_paid(sandbox: Sandbox) -> None:
    order, attempt = checked_out()
    sandbox.pay(session_of(attempt))
    services.settle(attempt, patient=True)
    payment = order.payments.get()

    def click() -> Refund:
        with transaction.atomic():
            locked = transitions.lock(order.pk)
            return services.request_refund(locked, payment, payment.amount, reason="test", actor="staff")

    run_together([click] * AT_ONCE, connections=AT_ONCE)
    assert payment.refunded == payment.amount


def test_17_an_order_is_locked_while_its_refunds_are_summed(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    not_more_than_was_paid(sandbox)
    without_order_lock(monkeypatch)
    looking = where_two_meet(lambda payment: payment.amount - payment.refunded)
    monkeypatch.setattr(Payment, "refundable", property(looking))
    with pytest.raises(AssertionError):
        not_more_than_was_paid(sandbox)


# At most one live attempt: the order's lock, and under it the constraint


def one_session(sandbox: Sandbox) -> None:
    order = placed_order()

    def go() -> None:
        try:
            services.start_checkout(order.pk)
        except (gateway.InFlight, gateway.Unavailable):
            return

    run_together([go] * AT_ONCE, connections=AT_ONCE)
    assert order.checkout_attempts.live().count() == 1
    assert [session["client_reference_id"] for session in sandbox.sessions()].count(order.number) == 1


def test_63_one_live_attempt_is_kept_by_the_lock_and_by_the_constraint(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    really_make = checkout._new_attempt

    def after_all_have_looked(order: Order) -> CheckoutAttempt:
        time.sleep(0.1)
        return really_make(order)

    monkeypatch.setattr(checkout, "_new_attempt", after_all_have_looked)
    one_session(sandbox)
    with without_uniqueness("payment_checkoutattempt", column="order_id"):
        one_session(sandbox)  # the lock alone
    without_order_lock(monkeypatch)
    one_session(sandbox)  # the constraint alone
    with without_uniqueness("payment_checkoutattempt", column="order_id"), pytest.raises(AssertionError):
        one_session(sandbox)


# Two payments become one paid order and one refund: the order's lock


def one_transition(sandbox: Sandbox) -> None:
    order, first = checked_out()
    order.checkout_attempts.update(state=CheckoutAttempt.State.DEAD)  # its answer was lost
    services.start_checkout(order.pk)
    attempts = [first, order.checkout_attempts.exclude(pk=first.pk).get()]
    for attempt in attempts:
        sandbox.pay(session_of(attempt))
    run_together([partial(services.settle, attempt, patient=True) for attempt in attempts], connections=2)
    assert order.events.filter(kind="paid").count() == 1
    assert Refund.objects.filter(payment__order=order).count() == 1
    order.refresh_from_db()
    assert order.revision == order.events.exclude(kind="placed").count(), "nothing that was learnt is overwritten"


def test_12_an_order_is_locked_while_an_answer_is_applied(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    one_transition(sandbox)
    without_order_lock(monkeypatch)
    with pytest.raises(AssertionError):
        one_transition(sandbox)
