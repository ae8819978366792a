"""The reconciler, with the sandbox as Stripe: what no event told of is found, repaired or reported; the sums agree."""

import time
import uuid
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from celery import current_app
from django.core.management import CommandError, call_command
from django.db.models import F
from django.test import Client
from django.utils import timezone

from background.locks import sweep_lock
from orders.models import Order
from payment import gateway, reconcile as reconciler, services, tasks
from payment.models import CheckoutAttempt, Dispute, Payment, ReconcileReport, Refund
from payment.reconcile import reconcile
from shop.models import Variant
from tests.checkout import placed_order
from tests.races import run_together
from tests.stripe_sandbox.process import DISPUTED, Sandbox

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]

Status = Order.Status


def run() -> ReconcileReport:
    """The report over everything of the last day, as the database has it."""
    report = reconcile(timezone.now() - timedelta(days=1))
    assert report
    report.refresh_from_db()
    return report


def paid_at_stripe(sandbox: Sandbox, **options: Any) -> Order:
    """An order that was paid, of which the shop heard nothing."""
    order = placed_order()
    services.start_checkout(order.pk)
    sandbox.pay(session_of(order), **options)
    return order


def paid(sandbox: Sandbox) -> Payment:
    """A payment that the shop knows."""
    order = paid_at_stripe(sandbox)
    services.settle(order.checkout_attempts.get())
    return order.payments.get()


def session_of(order: Order) -> str:
    return order.checkout_attempts.get().session_id or ""


def charge_of(sandbox: Sandbox, payment_intent: str) -> str:
    charges = (event["data"]["object"] for event in sandbox.events("charge.succeeded"))
    return next(charge["id"] for charge in charges if charge["payment_intent"] == payment_intent)


def status(order: Order) -> str:
    return Order.objects.get(pk=order.pk).status


def line(report: ReconcileReport, name: str) -> tuple[str, str, str]:
    found = report.balance["EUR"][name]
    return found["here"], found["there"], found["difference"]


def stranger(amount: int = 500) -> str:
    """A payment at Stripe that this shop did not ask for; the id of its session."""
    soon = int((timezone.now() + timedelta(hours=1)).timestamp())
    item = {"price_data": {"currency": "eur", "unit_amount": amount, "product_data": {"name": "Tea"}}, "quantity": 1}
    parameters = {
        "mode": "payment",
        "line_items": [item],
        "success_url": "https://other.example/",
        "expires_at": soon,
    }
    return gateway.create_session(parameters, idempotency_key=uuid.uuid4().hex).id


def test_with_nothing_at_stripe_the_report_is_clean(sandbox: Sandbox) -> None:
    report = run()
    assert report.is_clean
    assert report.balance == {}


def test_what_was_heard_of_needs_no_repair(sandbox: Sandbox) -> None:
    payment = paid(sandbox)
    revision = Order.objects.get().revision
    report = run()
    assert report.is_clean
    assert report.repaired == []
    assert line(report, "captured") == (f"{payment.amount:.2f}", f"{payment.amount:.2f}", "0.00")
    payment.refresh_from_db()
    assert payment.seen_at
    assert Order.objects.get().revision == revision


def test_23_every_missed_event_is_made_up_for_and_a_second_run_finds_nothing(sandbox: Sandbox) -> None:
    bought, expired = paid_at_stripe(sandbox), placed_order()
    services.start_checkout(expired.pk)
    sandbox.expire(session_of(expired))
    payment = paid(sandbox)
    sandbox.control("POST", f"charges/{charge_of(sandbox, payment.payment_intent)}/refund", amount=300)
    contested = paid_at_stripe(sandbox, card=DISPUTED)

    report = run()

    assert status(bought) == Status.PAID
    assert status(expired) == Status.EXPIRED
    assert payment.refunds.get().state == Refund.State.SUCCEEDED
    dispute = Dispute.objects.get()
    assert dispute.payment.order == contested
    assert report.is_clean
    assert {finding["order"] for finding in report.repaired} == {
        order.number for order in (bought, expired, payment.order, contested)
    }
    assert line(report, "refunded") == ("3.00", "3.00", "0.00")
    assert line(report, "disputed") == (f"{dispute.amount:.2f}", f"{dispute.amount:.2f}", "0.00")
    again = run()
    assert again.is_clean
    assert (again.repaired_count, again.repaired) == (0, [])
    assert again.balance == report.balance


def test_a_session_whose_id_never_arrived_is_found(sandbox: Sandbox) -> None:
    order = paid_at_stripe(sandbox)
    CheckoutAttempt.objects.update(state=CheckoutAttempt.State.DEAD, session_id=None, url="")
    assert run().repaired_count == 1
    assert status(order) == Status.PAID


def test_the_end_of_a_session_whose_id_never_arrived_is_noted(sandbox: Sandbox) -> None:
    order = placed_order()
    services.start_checkout(order.pk)
    sandbox.expire(session_of(order))
    CheckoutAttempt.objects.update(state=CheckoutAttempt.State.DEAD, session_id=None, url="")
    assert run().repaired_count == 1
    assert (order.checkout_attempts.get().state, status(order)) == (CheckoutAttempt.State.EXPIRED, Status.EXPIRED)


def test_13_a_delayed_payment_is_no_repair_until_it_comes(sandbox: Sandbox) -> None:
    order = paid_at_stripe(sandbox, method="sepa_debit")
    assert run().repaired_count == 1
    assert status(order) == Status.PROCESSING
    waiting = run()
    assert (waiting.repaired_count, waiting.is_clean) == (0, True)
    sandbox.settle(session_of(order))
    assert run().repaired_count == 1
    assert status(order) == Status.PAID


def test_a_refund_that_failed_and_a_dispute_that_was_won_move_no_money(sandbox: Sandbox) -> None:
    payment = paid(sandbox)
    refund = sandbox.control("POST", f"charges/{charge_of(sandbox, payment.payment_intent)}/refund")
    contested = paid_at_stripe(sandbox, card=DISPUTED)
    taken = run()
    assert line(taken, "refunded")[:2] == (f"{payment.amount:.2f}",) * 2
    assert line(taken, "disputed")[:2] == (f"{contested.total:.2f}",) * 2
    sandbox.control("POST", f"refunds/{refund['id']}/fail")
    sandbox.control("POST", f"disputes/{Dispute.objects.get().dispute_id}/decide", outcome="won")
    report = run()
    assert report.repaired_count == 2
    assert (Refund.objects.get().state, Dispute.objects.get().state) == ("failed", "won")
    assert line(report, "refunded") == line(report, "disputed") == ("0.00", "0.00", "0.00")
    assert report.is_clean


def test_open_sessions_are_left_alone(sandbox: Sandbox) -> None:
    order = placed_order()
    services.start_checkout(order.pk)
    report = run()
    assert report.is_clean
    assert report.repaired_count == 0
    assert status(order) == Status.PENDING


def test_a_payment_that_is_not_ours_is_reported_and_makes_the_difference(sandbox: Sandbox) -> None:
    paid(sandbox)
    sandbox.pay(stranger(500))
    report = run()
    assert not report.is_clean
    assert report.unexplained_count == 1
    assert "no order of ours" in report.unexplained[0]["what"]
    assert line(report, "captured")[2] == "-5.00"


def test_a_payment_of_an_order_that_is_gone_names_its_number(sandbox: Sandbox) -> None:
    order = paid_at_stripe(sandbox)
    CheckoutAttempt.objects.all().delete()
    order.delete()
    report = run()
    assert report.unexplained[0]["order"] == order.number
    assert order.number in report.unexplained[0]["what"]


def test_a_row_that_stripe_does_not_know_is_reported(sandbox: Sandbox) -> None:
    order = paid(sandbox).order
    unknown = Payment.objects.create(
        order=order, payment_intent="pi_nowhere", amount=7, currency="EUR", livemode=False, captured_at=timezone.now()
    )
    Refund.objects.create(
        payment=unknown, key="k", refund_id="re_nowhere", amount=2, currency="EUR", state=Refund.State.SUCCEEDED
    )
    report = run()
    assert {finding["object"] for finding in report.unexplained} == {"pi_nowhere", "re_nowhere"}
    assert (line(report, "captured")[2], line(report, "refunded")[2]) == ("7.00", "2.00")


def test_another_amount_here_than_there_is_reported(sandbox: Sandbox) -> None:
    payment = paid(sandbox)
    Payment.objects.update(amount=payment.amount + 1)
    report = run()
    assert report.unexplained[0]["object"] == payment.payment_intent
    assert line(report, "captured")[2] == "1.00"


def test_a_payment_from_before_the_period_is_no_difference(sandbox: Sandbox) -> None:
    paid(sandbox)
    time.sleep(1.1)  # Stripe's clock counts seconds
    since = timezone.now()
    Payment.objects.update(captured_at=since)  # the shop learnt of it within the period
    report = reconcile(since)
    assert report
    assert report.is_clean
    assert report.balance == {}
    Payment.objects.update(amount=F("amount") + 1)
    different = reconcile(since)
    assert different
    assert different.unexplained_count == 1


def test_a_pending_refund_from_before_the_period_is_followed(sandbox: Sandbox) -> None:
    payment = paid(sandbox)
    refund = services.request_refund(payment.order, payment, payment.amount, reason="r", actor="staff")
    services.submit_refund(refund.pk)
    Refund.objects.update(state=Refund.State.PENDING, created=timezone.now() - timedelta(days=40))
    report = reconcile(timezone.now() + timedelta(minutes=1))
    assert report
    assert report.is_clean
    assert report.repaired_count == 1
    refund.refresh_from_db()
    assert refund.state == Refund.State.SUCCEEDED


def test_57_a_shop_restored_from_a_backup_of_before_the_payment_agrees_again(sandbox: Sandbox) -> None:
    payment = paid(sandbox)
    order = payment.order
    sandbox.control("POST", f"charges/{charge_of(sandbox, payment.payment_intent)}/refund", amount=100)
    restore_to_before_payment(order)

    report = run()

    assert status(order) == Status.PAID
    assert order.payments.get().payment_intent == payment.payment_intent
    assert order.payments.get().refunds.get().amount == 1
    assert report.is_clean
    assert line(report, "captured")[2] == line(report, "refunded")[2] == "0.00"
    assert Variant.objects.get().reserved == 1
    assert run().repaired_count == 0


def restore_to_before_payment(order: Order) -> None:
    """What a dump of that moment would hold of this order."""
    Payment.objects.all().delete()
    order.emails.exclude(kind="received").delete()
    order.events.exclude(kind="placed").delete()
    CheckoutAttempt.objects.update(state=CheckoutAttempt.State.OPEN)
    Order.objects.update(status=Status.PENDING, paid_at=None, revision=0)


def test_pages_of_stripe_are_followed_to_the_end_with_few_queries(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    for _payment in range(5):
        paid(sandbox)
    monkeypatch.setattr(gateway, "PAGE", 2)
    with django_assert_max_num_queries(30):
        report = run()
    assert report.is_clean
    assert Payment.objects.filter(seen_at__isnull=False).count() == 5
    listed = [call for call in sandbox.calls() if call["path"].startswith("/v1/payment_intents")]
    assert len(listed) == 3


def test_one_order_that_cannot_be_settled_does_not_hold_up_the_others(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, other = paid_at_stripe(sandbox), paid_at_stripe(sandbox)
    really_settle = services.settle_session

    def settle(session_id: str) -> Order | None:
        if session_id == session_of(stuck):
            raise services.SettleConflict(stuck.pk)
        return really_settle(session_id)

    monkeypatch.setattr(services, "settle_session", settle)
    monkeypatch.setattr(services.settlement, "settle_session", settle)
    report = run()
    assert status(other) == Status.PAID
    assert not report.is_clean
    assert "SettleConflict" in report.unexplained[0]["what"]


def test_a_stripe_that_does_not_answer_leaves_an_unfinished_report(sandbox: Sandbox, settings: Any) -> None:
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    with pytest.raises(gateway.Unavailable):
        tasks.reconcile()
    report = ReconcileReport.objects.get()
    assert report.finished is None
    assert not report.is_clean
    assert "Unavailable" in report.last_error


def test_the_task_answers_with_its_report(sandbox: Sandbox) -> None:
    paid_at_stripe(sandbox)
    assert ReconcileReport.objects.get(pk=tasks.reconcile()).repaired_count == 1


def test_the_command_prints_the_balance_and_fails_where_the_books_differ(
    sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    order = paid_at_stripe(sandbox)
    call_command("reconcile", days=1)
    out = capsys.readouterr().out
    assert order.number in out
    assert "1 repaired, 0 unexplained" in out
    assert "difference 0" in out
    sandbox.pay(stranger())
    with pytest.raises(CommandError, match="do not agree"):
        call_command("reconcile", days=1)


@pytest.mark.parametrize("days", [0, -1, 10**9])
def test_the_command_refuses_periods_that_are_none(days: int) -> None:
    with pytest.raises(CommandError, match="--days"):
        call_command("reconcile", days=days)


def test_staff_read_the_report_in_the_admin(sandbox: Sandbox, admin_client: Client) -> None:
    order = paid_at_stripe(sandbox)
    sandbox.pay(stranger(500))
    report = run()
    page = admin_client.get(f"/admin/payment/reconcilereport/{report.pk}/change/").content.decode()
    assert order.number in page
    assert "no order of ours" in page
    assert "-5.00" in page
    assert "style=" not in page
    assert "&lt;table" not in page
    assert admin_client.get("/admin/payment/reconcilereport/add/").status_code == 403
    assert "/change/" in admin_client.get("/admin/payment/reconcilereport/").content.decode()


def test_a_report_keeps_the_first_findings_and_counts_all(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciler, "KEPT_FINDINGS", 2)
    for _order in range(3):
        paid_at_stripe(sandbox)
    report = run()
    assert (report.repaired_count, len(report.repaired)) == (3, 2)


@pytest.mark.needs("postgres")
@pytest.mark.django_db(transaction=True)
def test_65_reconcilers_and_webhooks_at_once_repair_each_order_once(sandbox: Sandbox) -> None:
    orders = [paid_at_stripe(sandbox) for _order in range(3)]
    sessions = [session_of(order) for order in orders]
    since = timezone.now() - timedelta(days=1)
    jobs = [lambda: reconcile(since)] * 3 + [partial(services.settle_session, session) for session in sessions]
    results = run_together(jobs, connections=6)
    assert not [result for result in results if isinstance(result, Exception)]
    assert Payment.objects.count() == 3
    for order in orders:
        assert status(order) == Status.PAID
        assert order.events.filter(kind="paid").count() == 1
    assert ReconcileReport.objects.count() >= 1
    assert all(report.is_clean for report in ReconcileReport.objects.all())


@pytest.mark.needs("postgres")
@pytest.mark.django_db(transaction=True)
def test_two_reconcilers_do_not_run_at_once(sandbox: Sandbox) -> None:
    with sweep_lock("reconcile"):
        assert run_together([tasks.reconcile], connections=1) == [None]
    assert not ReconcileReport.objects.exists()


def test_beat_calls_it_daily_and_it_waits_in_the_queue_of_long_jobs(settings: Any) -> None:
    entry = settings.CELERY_BEAT_SCHEDULE["reconcile"]
    assert entry["task"] == tasks.reconcile.name
    assert entry["schedule"].is_due(timezone.now() - timedelta(days=1)).is_due
    assert current_app.amqp.router.route({}, tasks.reconcile.name)["queue"].name.endswith(".long")
    assert current_app.amqp.router.route({}, tasks.sweep.name)["queue"].name.endswith(".payments")
