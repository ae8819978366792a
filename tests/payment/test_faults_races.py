"""Faults 63 to 65 and 68: many at once, and answers that come too late. 54, 61, 62, half of 63: tests/orders."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from cart import services as carts
from cart.models import CartLine
from orders.models import Order, OrderEmail
from payment import gateway, services, tasks
from payment.models import CheckoutAttempt, Dispute, Payment, Refund
from shop.models import Variant
from tests.checkout import filled_cart, place
from tests.factories import VariantFactory
from tests.races import run_together
from tests.stripe_sandbox.process import Sandbox

from .paying import (
    charge_of,
    checked_out,
    dashboard,
    events_of,
    fresh,
    go_to_pay,
    hear,
    hear_all,
    must_balance,
    session_of,
)

pytestmark = [
    pytest.mark.needs("postgres"),
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("rules"),
]

Status = Order.Status
State = CheckoutAttempt.State


# Many at once


def test_63_two_tabs_that_place_and_pay_at_once_share_order_and_session(sandbox: Sandbox) -> None:
    cart = filled_cart()

    def place_and_go() -> str:
        answer = go_to_pay(Client(), place(cart))
        return str(answer["Location"]) if answer.status_code == 303 else f"wait {answer.status_code}"

    results = run_together([place_and_go] * 8, connections=8)
    addresses = {result for result in results if not str(result).startswith("wait")}
    assert len(addresses) == 1
    assert {result for result in results if str(result).startswith("wait")} <= {"wait 202", "wait 503"}
    assert len(sandbox.sessions()) == Order.objects.count() == CheckoutAttempt.objects.count() == 1
    must_balance()


def test_64_a_cart_that_is_edited_while_its_order_is_paid_changes_nothing_of_the_order(
    sandbox: Sandbox, client: Client
) -> None:
    variant, other = VariantFactory(), VariantFactory()
    cart = filled_cart(variant)
    order = place(cart)
    go_to_pay(client, order)
    agreed = fresh(order).total
    session = sandbox.sessions()[0]["id"]

    def edit() -> None:
        carts.add(cart, other, 3)

    run_together([edit, lambda: sandbox.pay(session), edit], connections=3)
    hear_all(client, sandbox)
    paid = fresh(order)
    assert (paid.status, paid.total, paid.attention) == (Status.PAID, agreed, "")
    assert [(line.variant, line.quantity) for line in paid.line_items.all()] == [(variant, 1)]
    assert Payment.objects.get().amount == agreed
    other.refresh_from_db()
    assert other.reserved == 0
    assert CartLine.objects.filter(variant=other).exists(), "what was added is not lost"


@pytest.mark.parametrize("ending", ["paid", "unpaid"])
def test_65_webhook_success_page_sweep_and_cancel_at_once_have_one_legal_end(
    sandbox: Sandbox, client: Client, ending: str
) -> None:
    order, attempt = checked_out()
    Order.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    if ending == "paid":
        sandbox.pay(session_of(attempt))
    told = events_of(sandbox, "checkout.session.completed")
    jobs: list[Callable[[], Any]] = [
        lambda: hear(Client(), *told),
        lambda: tasks.process_payment(order.pk),  # what the success page nudges
        tasks.sweep,
        lambda: Client().post(f"/payment/cancel/?order={order.token}"),
    ]
    results = run_together(jobs * 4, connections=8)
    assert not [result for result in results if isinstance(result, Exception)]
    ended = fresh(order)
    moves = list(order.events.values_list("kind", flat=True))
    if ending == "paid":
        assert ended.status == Status.PAID
        assert sorted(moves) == ["paid", "payment", "placed"]
        assert Payment.objects.count() == 1
    else:
        assert ended.status in {Status.CANCELED, Status.EXPIRED}
        assert moves == ["placed", ended.status]
    receipts = order.emails.filter(kind=OrderEmail.Kind.RECEIPT).count()
    assert Variant.objects.get().reserved == receipts == (ending == "paid")
    must_balance()


# At the end of a hold


def test_68_paid_in_the_moment_its_hold_ends_is_paid(
    sandbox: Sandbox, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, attempt = checked_out(VariantFactory(stock=1))
    Order.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    really_expire = gateway.expire_session

    def a_moment_too_late(session: str, *, patient: bool = False) -> None:
        sandbox.pay(session)
        really_expire(session, patient=patient)

    monkeypatch.setattr(gateway, "expire_session", a_moment_too_late)
    tasks.process_payment(order.pk)
    hear_all(client, sandbox)
    attempt.refresh_from_db()
    assert (fresh(order).status, attempt.state) == (Status.PAID, State.COMPLETE)
    assert Payment.objects.count() == 1
    must_balance()


def test_68_a_hold_that_ended_first_leaves_nothing_to_pay(sandbox: Sandbox) -> None:
    order, attempt = checked_out(VariantFactory(stock=1))
    Order.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    tasks.process_payment(order.pk)
    assert fresh(order).status == Status.EXPIRED
    assert Variant.objects.get().reserved == 0
    with pytest.raises(Exception, match="400"):  # the page says that the session has expired
        sandbox.pay(session_of(attempt))
    must_balance()


def test_68_sweep_and_payer_at_once_end_in_a_payment_or_in_nothing(sandbox: Sandbox, client: Client) -> None:
    paid = 0
    bottles = VariantFactory(stock=20)
    for _round in range(8):
        order, attempt = checked_out(bottles)
        Order.objects.filter(pk=order.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
        jobs = [lambda: tasks.process_payment(order.pk), lambda: sandbox.pay(session_of(attempt))]  # noqa: B023
        run_together(jobs, connections=2)
        hear_all(client, sandbox)
        state = {session["id"]: session["payment_status"] for session in sandbox.sessions()}[session_of(attempt)]
        assert fresh(order).status == (Status.PAID if state == "paid" else Status.EXPIRED)
        paid += state == "paid"
    bottles.refresh_from_db()
    assert bottles.reserved == Payment.objects.count() == paid
    must_balance()


# Old answers


def hold_first(monkeypatch: pytest.MonkeyPatch, name: str, meanwhile: Callable[[], Any]) -> list[Any]:
    """Let the first answer of a gateway call wait until `meanwhile` is done; the answers that were held."""
    really_ask = getattr(gateway, name)
    held: list[Any] = []

    def ask(*args: Any, **options: Any) -> Any:
        answer = really_ask(*args, **options)
        if not held:
            held.append(answer)
            meanwhile()
        return answer

    monkeypatch.setattr(gateway, name, ask)
    return held


def old_unpaid_after_paid(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """`unpaid` is held until `paid` was applied."""
    order, attempt = checked_out()

    def meanwhile() -> None:
        sandbox.pay(session_of(attempt))
        services.settle(attempt)

    held = hold_first(monkeypatch, "retrieve_session", meanwhile)
    services.settle(attempt)
    assert held[0].payment_status == "unpaid"
    attempt.refresh_from_db()
    assert (fresh(order).status, attempt.state) == (Status.PAID, State.COMPLETE)
    assert Variant.objects.get().reserved == 1


def old_processing_after_failed(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A delayed payment's `unpaid` is held until its failure was applied, and its units went back."""
    order, attempt = checked_out()
    sandbox.pay(session_of(attempt), method="sepa_debit")

    def meanwhile() -> None:
        sandbox.settle(session_of(attempt), outcome="fail")
        services.settle(attempt)

    held = hold_first(monkeypatch, "retrieve_session", meanwhile)
    services.settle(attempt)
    assert (held[0].status, held[0].payment_status, held[0].has_failed) == ("complete", "unpaid", False)
    assert fresh(order).status == Status.EXPIRED
    assert Variant.objects.get().reserved == 0


def old_pending_refund_after_failed(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refund's `pending` is held until its failure was applied."""
    _order, attempt = checked_out()
    sandbox.pay(session_of(attempt), card="4000000000007726")  # its refunds are pending for two seconds
    services.settle(attempt)
    payment = Payment.objects.get()
    made = dashboard(sandbox).v1.refunds.create({"payment_intent": payment.payment_intent, "amount": 500})
    assert made.status == "pending"

    def meanwhile() -> None:
        sandbox.control("POST", f"refunds/{made.id}/fail")
        services.settle_refund(payment, made.id)

    held = hold_first(monkeypatch, "retrieve_refund", meanwhile)
    services.settle_refund(payment, made.id)
    assert held[0].status == "pending"
    assert Refund.objects.get().state == Refund.State.FAILED
    assert payment.refundable == payment.amount


def old_open_dispute_after_won(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dispute's `needs_response` is held until `won` was applied."""
    _order, attempt = checked_out()
    sandbox.pay(session_of(attempt))
    services.settle(attempt)
    payment = Payment.objects.get()
    opened = sandbox.control("POST", f"charges/{charge_of(sandbox, payment.payment_intent)}/dispute")

    def meanwhile() -> None:
        sandbox.control("POST", f"disputes/{opened['id']}/decide", outcome="won")
        services.settle_dispute(payment, opened["id"])

    held = hold_first(monkeypatch, "retrieve_dispute", meanwhile)
    services.settle_dispute(payment, opened["id"])
    assert held[0].status == "needs_response"
    assert Dispute.objects.get().state == "won"


OLD_ANSWERS = [
    old_unpaid_after_paid,
    old_processing_after_failed,
    old_pending_refund_after_failed,
    old_open_dispute_after_won,
]


@pytest.mark.parametrize("race", OLD_ANSWERS)
def test_65_the_newer_answer_stands(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, race: Callable[[Sandbox, pytest.MonkeyPatch], None]
) -> None:
    race(sandbox, monkeypatch)
    must_balance()


def test_16_a_refusal_that_comes_late_does_not_undo_what_an_event_told(
    sandbox: Sandbox, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, attempt = checked_out()
    sandbox.pay(session_of(attempt))
    services.settle(attempt)
    payment = Payment.objects.get()
    with services.agreement.transaction.atomic():
        locked = services.agreement.transitions.lock(order.pk)
        refund = services.request_refund(locked, payment, payment.amount, reason="test", actor="staff")
    sandbox.fault("error_500_after", match="POST /v1/refunds")  # made, but answered with an error, now and for ever
    with pytest.raises(gateway.Unavailable):
        services.submit_refund(refund.pk)
    Refund.objects.update(not_before=timezone.now())
    really_create = gateway.create_refund

    def the_event_comes_first(*args: Any, **options: Any) -> Any:
        hear(client, *events_of(sandbox, "refund.created"))
        return really_create(*args, **options)

    monkeypatch.setattr(gateway, "create_refund", the_event_comes_first)
    services.submit_refund(refund.pk)
    refund.refresh_from_db()
    assert refund.state == Refund.State.SUCCEEDED
    assert fresh(order).attention == ""
