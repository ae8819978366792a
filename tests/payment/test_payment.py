"""The way of a payment, with the sandbox as Stripe."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from orders.models import Order, OrderEmail
from payment import gateway, handlers, services, tasks
from payment.models import CheckoutAttempt, Payment, StripeEvent
from shop.models import Variant
from tests.checkout import placed_order
from tests.factories import VariantFactory
from tests.races import run_together
from tests.stripe_sandbox.process import DECLINED, Sandbox

from .deliveries import deliver

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]

Status = Order.Status
State = CheckoutAttempt.State


def checked_out(*variants: Variant, quantity: int = 1) -> tuple[Order, CheckoutAttempt]:
    """An order whose payment page is open."""
    order = placed_order(*variants, quantity=quantity)
    services.start_checkout(order.pk)
    return order, order.checkout_attempts.get()


def session_id(attempt: CheckoutAttempt) -> str:
    assert attempt.session_id
    return attempt.session_id


def test_stripe_is_sent_the_order_to_the_cent(sandbox: Sandbox) -> None:
    order, attempt = checked_out(VariantFactory(price="12.35"), VariantFactory(price="7.99"), quantity=3)
    session = sandbox.sessions()[0]
    assert session["id"] == attempt.session_id
    assert session["amount_total"] == order.total * 100
    assert session["client_reference_id"] == session["metadata"]["order"] == order.number
    assert session["customer_email"] == order.email
    assert abs(session["expires_at"] - order_refreshed(order).expires_at.timestamp()) < 2


def order_refreshed(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


@pytest.mark.usefixtures("sandbox")
def test_an_order_placed_just_now_keeps_its_end_and_one_that_waited_gets_the_whole_time() -> None:
    order, waited = placed_order(), placed_order()
    soon = timezone.now() + timedelta(minutes=5)
    Order.objects.filter(pk=waited.pk).update(expires_at=soon)
    for one in (order, waited):
        services.start_checkout(one.pk)
    assert order_refreshed(order).expires_at == order.expires_at
    assert order_refreshed(waited).expires_at > soon + timedelta(minutes=30)
    for one in (order, waited):
        assert one.checkout_attempts.get().expires_at == order_refreshed(one).expires_at


def test_11_going_to_pay_again_is_the_same_session(sandbox: Sandbox) -> None:
    order = placed_order()
    assert services.start_checkout(order.pk) == services.start_checkout(order.pk)
    assert len(sandbox.sessions()) == 1


def test_paying_makes_the_order_paid_once(sandbox: Sandbox) -> None:
    order, attempt = checked_out()
    sandbox.pay(session_id(attempt))
    for _time in range(3):
        services.settle(attempt)
    order.refresh_from_db()
    assert order.status == Status.PAID
    payment = Payment.objects.get()
    assert (payment.order, payment.amount, payment.currency, payment.livemode) == (order, order.total, "EUR", False)
    assert order.events.filter(kind="paid").count() == 1
    assert order.emails.filter(kind=OrderEmail.Kind.RECEIPT).count() == 1
    attempt.refresh_from_db()
    assert attempt.state == State.COMPLETE


def test_a_declined_card_leaves_everything_open(sandbox: Sandbox) -> None:
    _order, attempt = checked_out()
    sandbox.pay(session_id(attempt), card=DECLINED)
    assert services.settle(attempt).status == Status.PENDING
    sandbox.pay(session_id(attempt))
    assert services.settle(attempt).status == Status.PAID


def test_21_the_success_page_before_the_webhook_and_the_late_webhook_changes_nothing(
    sandbox: Sandbox, client: Client
) -> None:
    order, attempt = checked_out()
    sandbox.pay(session_id(attempt))
    page = client.get(f"/payment/completed/?order={order.token}&session_id={attempt.session_id}")
    assert page.status_code == 302
    tasks.process_payment(order.pk)
    paid = order_refreshed(order)
    assert paid.status == Status.PAID
    completed = sandbox.events("checkout.session.completed")[0]
    completed.pop("deliveries")
    assert deliver(client, completed) == 200
    tasks.process_stripe_event(StripeEvent.objects.get().pk)
    assert StripeEvent.objects.get().state == StripeEvent.State.PROCESSED
    assert order_refreshed(order).revision == paid.revision
    assert order.events.count() == 3  # placed, payment, paid


def test_20_a_token_and_a_session_that_do_not_belong_together(sandbox: Sandbox, client: Client) -> None:
    order, _attempt = checked_out()
    _other, attempt = checked_out()
    assert client.get(f"/payment/completed/?order={order.token}&session_id={attempt.session_id}").status_code == 404
    assert client.get("/payment/completed/?order=nobody&session_id=x").status_code == 404
    assert client.get("/payment/completed/").status_code == 404


def test_14_an_expired_session_gives_the_stock_back_and_no_mail_says_that_a_payment_failed(sandbox: Sandbox) -> None:
    order, attempt = checked_out()
    sandbox.expire(session_id(attempt))
    services.settle(attempt)
    assert order_refreshed(order).status == Status.EXPIRED
    assert Variant.objects.get().reserved == 0
    assert {mail.kind for mail in order.emails.all()} == {OrderEmail.Kind.RECEIVED, OrderEmail.Kind.EXPIRED}


def test_cancelling_expires_the_session_first(sandbox: Sandbox, client: Client) -> None:
    order, _attempt = checked_out()
    client.post(f"/payment/cancel/?order={order.token}")
    assert order_refreshed(order).status == Status.CANCELED
    assert sandbox.sessions()[0]["status"] == "expired"
    assert Variant.objects.get().reserved == 0


def test_10_cancelling_a_paid_session_is_a_payment(sandbox: Sandbox) -> None:
    order, attempt = checked_out()
    sandbox.pay(session_id(attempt))
    ended = services.end_hold(order.pk, Status.CANCELED, actor="shopper")
    assert ended.status == order_refreshed(order).status == Status.PAID
    assert Variant.objects.get().reserved == 1


def test_09_paid_after_expiry_without_a_webhook_is_found(sandbox: Sandbox) -> None:
    order, attempt = checked_out()
    sandbox.pay(session_id(attempt))
    Order.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    tasks.process_payment(order.pk)
    assert order_refreshed(order).status == Status.PAID


def test_an_order_that_never_went_to_stripe_expires_without_it(settings: object) -> None:
    order = placed_order()
    Order.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    tasks.process_payment(order.pk)
    assert order_refreshed(order).status == Status.EXPIRED
    assert Variant.objects.get().reserved == 0


def test_02_stripe_refusing_the_connection_keeps_cart_and_order(client: Client) -> None:
    order = placed_order()  # no sandbox: nothing listens where the API should be
    response = client.post(f"/payment/process/?order={order.token}")
    assert response.status_code == 503
    assert f"/payment/process/?order={order.token}" in response.content.decode()
    assert order_refreshed(order).status == Status.PENDING
    assert Variant.objects.get().reserved == 1
    assert CheckoutAttempt.objects.get().state == State.NEW


def test_01_a_repeat_after_a_lost_answer_finds_the_same_session(sandbox: Sandbox) -> None:
    order, attempt = checked_out()
    CheckoutAttempt.objects.update(state=State.NEW, session_id=None, url="")  # the answer never came
    url = services.start_checkout(order.pk)
    attempt.refresh_from_db()
    assert url == attempt.url
    assert len(sandbox.sessions()) == 1


def test_a_session_whose_answer_was_lost_is_adopted_from_its_event(sandbox: Sandbox, client: Client) -> None:
    order, attempt = checked_out()
    sandbox.pay(session_id(attempt))
    CheckoutAttempt.objects.update(state=State.DEAD, session_id=None, url="")
    completed = sandbox.events("checkout.session.completed")[0]
    completed.pop("deliveries")
    deliver(client, completed)
    assert handlers.process(StripeEvent.objects.get().pk) == StripeEvent.State.PROCESSED
    assert order_refreshed(order).status == Status.PAID


def test_34_an_event_about_a_stranger_is_an_orphan(sandbox: Sandbox) -> None:
    event = StripeEvent.objects.create(
        event_id="evt_1", type="checkout.session.completed", object_id="cs_test_other", livemode=False, payload={}
    )
    assert handlers.process(event.pk) == StripeEvent.State.ORPHAN


def test_07_another_amount_calls_staff_and_keeps_the_money(sandbox: Sandbox) -> None:
    order, attempt = checked_out()
    Order.objects.update(total=order.total + 1)
    sandbox.pay(session_id(attempt))
    settled = services.settle(attempt)
    assert settled.status == Status.PROCESSING
    assert "instead of" in settled.attention
    assert Payment.objects.get().amount == order.total
    assert Variant.objects.get().reserved == 1


def test_23_the_sweep_finds_what_no_webhook_told(sandbox: Sandbox, nudges: list[tuple[str, object]]) -> None:
    order, attempt = checked_out()
    sandbox.pay(session_id(attempt))
    nudges.clear()
    tasks.sweep()
    assert not nudges
    CheckoutAttempt.objects.update(checked_at=timezone.now() - timedelta(minutes=3))
    tasks.sweep()
    assert nudges == [("payment.tasks.process_payment", order.pk)]


def test_a_failing_event_is_tried_again_and_at_last_parked(sandbox: Sandbox, settings: object) -> None:
    _order, attempt = checked_out()
    event = StripeEvent.objects.create(
        event_id="evt_1",
        type="checkout.session.completed",
        object_id=session_id(attempt),
        livemode=False,
        payload={},
    )
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"  # type: ignore[attr-defined]
    for attempts in (0, 1, handlers.GIVE_UP_AFTER - 1):
        StripeEvent.objects.update(not_before=timezone.now(), attempts=attempts)
        with pytest.raises(gateway.Unavailable):
            handlers.process(event.pk)
        assert handlers.process(event.pk) is None  # not before its time
    event.refresh_from_db()
    assert event.state == StripeEvent.State.PARKED
    assert "Unavailable" in event.last_error


def test_47_an_event_that_kills_its_worker_each_time_is_parked() -> None:
    event = StripeEvent.objects.create(event_id="evt_1", type="x", livemode=False, payload={})
    StripeEvent.objects.update(attempts=handlers.GIVE_UP_AFTER)  # each claim was its worker's last deed
    assert handlers.process(event.pk) == StripeEvent.State.PARKED


def test_nothing_to_pay_is_paid_without_stripe() -> None:
    order = placed_order()
    Order.objects.update(total=0)
    assert services.start_checkout(order.pk) == ""
    assert order_refreshed(order).status == Status.PAID


def test_a_session_that_stripe_forgot_does_not_hold_stock_for_ever(sandbox: Sandbox) -> None:
    order, _attempt = checked_out()
    sandbox.reset()
    services.end_hold(order.pk, Status.CANCELED, actor="shopper")
    assert order_refreshed(order).status == Status.CANCELED
    assert Variant.objects.get().reserved == 0


def test_a_session_that_stripe_forgot_is_not_asked_for_again_and_again(
    sandbox: Sandbox, nudges: list[tuple[str, object]]
) -> None:
    order, attempt = checked_out()
    sandbox.reset()
    CheckoutAttempt.objects.update(checked_at=timezone.now() - timedelta(minutes=3))
    tasks.process_payment(order.pk)
    attempt.refresh_from_db()
    assert attempt.state == State.DEAD
    nudges.clear()
    tasks.sweep()
    assert not nudges
    assert services.start_checkout(order.pk)  # and the shopper can still pay


def test_02_while_stripe_is_down_an_ended_hold_is_asked_for_once_a_minute(
    sandbox: Sandbox, settings: object, nudges: list[tuple[str, object]]
) -> None:
    order, _attempt = checked_out()
    Order.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"  # type: ignore[attr-defined]
    with pytest.raises(gateway.Unavailable):
        tasks.process_payment(order.pk)
    nudges.clear()
    tasks.sweep()
    assert not nudges
    CheckoutAttempt.objects.update(checked_at=timezone.now() - timedelta(minutes=2))
    tasks.sweep()
    assert nudges == [("payment.tasks.process_payment", order.pk)]


@pytest.mark.needs("postgres")
@pytest.mark.django_db(transaction=True)
def test_65_webhook_return_sweep_and_cancel_at_once_have_one_legal_end(sandbox: Sandbox) -> None:
    order, attempt = checked_out()
    sandbox.pay(session_id(attempt))
    jobs = [
        lambda: services.settle_session(session_id(attempt)),
        lambda: services.refresh(order.pk),
        lambda: services.end_hold(order.pk, Status.CANCELED, actor="shopper"),
        lambda: services.settle(attempt),
    ]
    results = run_together(jobs * 5, connections=10)
    crowded = gateway.Unavailable  # of the web's callers only a few may ask Stripe at once
    assert not [result for result in results if isinstance(result, Exception) and not isinstance(result, crowded)]
    assert order_refreshed(order).status == Status.PAID
    assert Payment.objects.count() == 1
    assert order.events.filter(kind="paid").count() == 1
    assert Variant.objects.get().reserved == 1


@pytest.mark.needs("postgres")
@pytest.mark.django_db(transaction=True)
def test_63_two_tabs_going_to_pay_share_one_session(sandbox: Sandbox) -> None:
    order = placed_order()

    def go() -> str:
        try:
            return services.start_checkout(order.pk)
        except gateway.InFlight:
            return "in flight"

    urls = {url for url in run_together([go] * 10, connections=10) if url != "in flight"}
    assert len(urls) == 1
    assert len(sandbox.sessions()) == 1
    assert CheckoutAttempt.objects.count() == 1


def test_an_old_answer_never_overwrites_a_newer_one(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    order, attempt = checked_out()
    really_retrieve = gateway.retrieve_session
    held: list[gateway.Session] = []

    def slow_retrieve(session: str, *, patient: bool = False) -> gateway.Session:
        answer = really_retrieve(session, patient=patient)
        if not held:  # this answer says unpaid; before it arrives the payment comes and is settled by somebody else
            held.append(answer)
            sandbox.pay(session)
            services.settle(attempt)
        return answer

    monkeypatch.setattr(gateway, "retrieve_session", slow_retrieve)
    services.settle(attempt)
    assert held[0].payment_status == "unpaid"
    attempt.refresh_from_db()
    assert (order_refreshed(order).status, attempt.state) == (Status.PAID, State.COMPLETE)
