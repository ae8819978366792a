"""Faults 1 to 23: what Stripe, the shopper and the dashboard do at the wrong moment. test_catalogue.py counts them."""

import logging
import time
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from cart import services as carts
from cart.models import Cart, ShippingMethod
from orders import services as orders, transitions
from orders.models import LineItem, Order, OrderEmail
from payment import gateway, handlers, services, tasks
from payment.models import CheckoutAttempt, Dispute, Payment, Refund, StripeEvent
from shop.models import Variant
from tests.checkout import filled_cart, place, placed_order
from tests.factories import VariantFactory
from tests.races import run_together
from tests.stripe_sandbox.process import Sandbox

from .paying import (
    calls_to,
    charge_of,
    checked_out,
    dashboard,
    events_of,
    everything_is_due,
    fresh,
    go_to_pay,
    hear,
    hear_all,
    must_balance,
    refunds_at_stripe,
    run_nudges,
    session_of,
    work_off,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]

Status = Order.Status
State = CheckoutAttempt.State
CREATE = "/v1/checkout/sessions"
PATIENCE = 12  # seconds until a shopper sees a page


def must_offer_a_retry(response: Any, order: Order) -> None:
    """The page that says so and lets the shopper try again; order, cart and stock are as before."""
    assert response.status_code == 503
    assert f'action="/payment/process/?order={order.token}"' in response.content.decode()
    assert fresh(order).status == Status.PENDING
    assert not Cart.objects.get(key=order.cart_key).closed_at
    assert Variant.objects.get().reserved == 1


# Going to pay


def test_01_a_create_that_timed_out_after_it_worked_is_repeated_and_makes_one_session(
    sandbox: Sandbox, client: Client
) -> None:
    order = placed_order()
    sandbox.fault("timeout_after", match=f"POST {CREATE}", seconds=0.3)
    must_offer_a_retry(go_to_pay(client, order), order)
    answer = go_to_pay(client, order)
    assert answer.status_code == 303
    assert answer["Location"] == sandbox.sessions()[0]["url"]
    first, second = calls_to(sandbox, "POST", CREATE)
    assert first["idempotency_key"] == second["idempotency_key"]
    assert first["asked"] == second["asked"]
    assert len(sandbox.sessions()) == CheckoutAttempt.objects.count() == 1


def test_02_a_stripe_that_never_answers_is_given_up_within_twelve_seconds(sandbox: Sandbox, client: Client) -> None:
    order = placed_order()
    sandbox.fault("timeout_after", match=f"POST {CREATE}", seconds=30)
    started = time.monotonic()
    response = go_to_pay(client, order)
    waited = time.monotonic() - started
    print(f"the shopper waited {waited:.1f} s")
    assert gateway.READ_SECONDS <= waited < PATIENCE
    must_offer_a_retry(response, order)
    assert go_to_pay(client, order).status_code == 303
    assert len(sandbox.sessions()) == 1


def test_02_a_cancel_that_asks_a_slow_stripe_three_times_is_given_up_within_twelve_seconds(
    sandbox: Sandbox, client: Client
) -> None:
    order = placed_order()
    sandbox.fault("timeout_after", match=f"POST {CREATE}", seconds=0.3)
    go_to_pay(client, order)  # so that the answer has to be found first, then expired, then looked at
    sandbox.fault("delay", match=f"{CREATE}*", seconds=5, times=3)
    started = time.monotonic()
    page = client.post(f"/payment/cancel/?order={order.token}", follow=True).content.decode()
    waited = time.monotonic() - started
    print(f"the shopper waited {waited:.1f} s")
    assert 5 < waited < PATIENCE
    assert "does not answer" in page
    assert fresh(order).status == Status.PENDING
    sandbox.control("POST", "faults/clear")
    client.post(f"/payment/cancel/?order={order.token}")
    assert fresh(order).status == Status.CANCELED


def test_02_a_server_error_that_stripe_replays_ends_the_attempt_and_the_next_one_works(
    sandbox: Sandbox, client: Client
) -> None:
    order = placed_order()
    sandbox.fault("error_500", match=f"POST {CREATE}")
    for state in (State.NEW, State.DEAD):
        must_offer_a_retry(go_to_pay(client, order), order)
        assert CheckoutAttempt.objects.get().state == state
    assert go_to_pay(client, order).status_code == 303
    keys = {call["idempotency_key"] for call in calls_to(sandbox, "POST", CREATE)}
    assert len([key for key in keys if key.startswith(order.number)]) == 2  # a late call of another test is none of it


def test_02_a_dropped_connection_is_a_page_with_a_retry(sandbox: Sandbox, client: Client) -> None:
    order = placed_order()
    sandbox.fault("drop", match=f"POST {CREATE}")
    must_offer_a_retry(go_to_pay(client, order), order)
    assert go_to_pay(client, order).status_code == 303


def test_03_too_many_requests_is_a_page_at_once_and_the_same_attempt_goes_on(sandbox: Sandbox, client: Client) -> None:
    order = placed_order()
    sandbox.fault("rate_limit", match=f"POST {CREATE}")
    must_offer_a_retry(go_to_pay(client, order), order)
    assert len(calls_to(sandbox, "POST", CREATE)) == 1, "the web does not wait to try again"
    assert go_to_pay(client, order).status_code == 303
    assert CheckoutAttempt.objects.count() == 1


def test_03_a_worker_backs_off_and_then_gets_its_answer(sandbox: Sandbox) -> None:
    order, attempt = checked_out()
    sandbox.pay(session_of(attempt))
    sandbox.fault("rate_limit", match=f"{CREATE}/*", times=2)
    services.refresh(order.pk)
    assert fresh(order).status == Status.PAID
    asked = [call["at"] for call in calls_to(sandbox, "GET", CREATE)]
    assert len(asked) == 3
    assert min(later - earlier for earlier, later in pairwise(asked)) > 0.4


def test_03_an_event_waits_longer_after_each_refusal(sandbox: Sandbox, client: Client) -> None:
    _order, attempt = checked_out()
    sandbox.pay(session_of(attempt))
    event = StripeEvent.objects.create(
        event_id="evt_1", type="checkout.session.completed", object_id=session_of(attempt), livemode=False, payload={}
    )
    waits = []
    for _try in range(2):
        sandbox.fault("rate_limit", match=f"{CREATE}/*", times=3)
        StripeEvent.objects.update(not_before=timezone.now())
        with pytest.raises(gateway.Unavailable):
            handlers.process(event.pk)
        event.refresh_from_db()
        waits.append((event.not_before - timezone.now()).total_seconds())
    assert 5 < waits[0] < 11 < waits[1] < 21
    StripeEvent.objects.update(not_before=timezone.now())
    assert handlers.process(event.pk) == StripeEvent.State.PROCESSED


def test_04_a_revoked_key_is_a_page_with_a_retry_and_an_alert_without_the_key(
    sandbox: Sandbox, client: Client, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    order = placed_order()
    settings.STRIPE_SECRET_KEY = "sk_revoked_51Letters0f1tsSecretPart"
    with caplog.at_level(logging.DEBUG):
        must_offer_a_retry(go_to_pay(client, order), order)
    alerts = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert any("key" in alert for alert in alerts)
    written = caplog.text + CheckoutAttempt.objects.get().last_error
    assert "51Letters" not in written
    assert "SecretPart" not in written
    settings.STRIPE_SECRET_KEY = "sk_test_suite"
    assert go_to_pay(client, order).status_code == 303


def test_05_a_changed_cart_expires_the_old_session_and_gets_a_new_attempt_and_key(
    sandbox: Sandbox, client: Client
) -> None:
    variant = VariantFactory()
    cart = filled_cart(variant)
    first = place(cart)
    services.start_checkout(first.pk)
    carts.add(cart, variant, 1)
    with pytest.raises(orders.PendingOrderDiffers):
        place(cart)
    assert client.post(f"/payment/supersede/?order={first.token}").status_code == 307
    second = place(cart)
    services.start_checkout(second.pk)
    assert [(session["status"], session["client_reference_id"]) for session in sandbox.sessions()] == [
        ("open", second.number),
        ("expired", first.number),
    ]
    old, new = first.checkout_attempts.get(), second.checkout_attempts.get()
    assert (old.state, new.state) == (State.EXPIRED, State.OPEN)
    assert old.idempotency_key != new.idempotency_key
    assert fresh(first).status == Status.CANCELED
    variant.refresh_from_db()
    assert variant.reserved == 2
    must_balance()


def test_05_a_key_that_was_used_for_other_parameters_is_not_used_again(sandbox: Sandbox, client: Client) -> None:
    order = placed_order()
    sandbox.fault("timeout_after", match=f"POST {CREATE}", seconds=0.3)
    go_to_pay(client, order)
    attempt = CheckoutAttempt.objects.get()
    attempt.parameters["customer_email"] = "somebody.else@example.com"
    attempt.save()
    must_offer_a_retry(go_to_pay(client, order), order)  # Stripe: same key, other parameters
    assert go_to_pay(client, order).status_code == 303
    old, new = CheckoutAttempt.objects.order_by("pk")
    assert (old.state, new.state) == (State.DEAD, State.OPEN)
    assert old.idempotency_key != new.idempotency_key


def test_06_a_price_that_changes_before_payment_changes_neither_order_nor_session(
    sandbox: Sandbox, client: Client
) -> None:
    order = placed_order(VariantFactory(price=10))
    Variant.objects.update(price=99)
    go_to_pay(client, order)
    session = sandbox.sessions()[0]
    assert session["amount_total"] == order.total * 100
    sandbox.pay(session["id"])
    hear_all(client, sandbox)
    paid = fresh(order)
    assert (paid.status, paid.attention, paid.total) == (Status.PAID, "", order.total)
    assert LineItem.objects.get().unit_price == 10


# Paying


@pytest.mark.parametrize(
    ("kind", "options", "words"),
    [
        ("wrong_amount", {"amount": -500}, "Paid 13.90 EUR instead of 18.90 EUR."),
        ("wrong_amount", {"amount": 100}, "Paid 19.90 EUR instead of 18.90 EUR."),
        ("wrong_currency", {"currency": "usd"}, "Paid 18.90 USD instead of 18.90 EUR."),
    ],
)
def test_07_another_amount_or_currency_calls_staff_and_is_kept(
    sandbox: Sandbox, client: Client, kind: str, options: dict[str, Any], words: str
) -> None:
    order, attempt = checked_out()
    sandbox.fault(kind, target="payment", **options)
    sandbox.pay(session_of(attempt))
    hear_all(client, sandbox)
    services.settle(attempt)
    settled = fresh(order)
    assert (settled.status, settled.attention, settled.paid_at) == (Status.PROCESSING, words, None)
    payment = Payment.objects.get()
    assert f"Paid {payment.amount.quantize(Decimal('0.01'))} {payment.currency} " in words
    assert not order.emails.filter(kind=OrderEmail.Kind.RECEIPT).exists()
    assert order.events.filter(kind="attention").count() == 1
    assert Variant.objects.get().reserved == 1
    with transitions.transaction.atomic():
        transitions.attended(transitions.lock(order.pk), actor="staff")
    services.settle(attempt)
    assert fresh(order).attention == "", "staff have seen it"


def test_08_a_payment_in_the_other_mode_is_no_payment(sandbox: Sandbox, client: Client, settings: Any) -> None:
    order, attempt = checked_out()
    settings.STRIPE_LIVEMODE = True  # the session was made with a test key
    sandbox.pay(session_of(attempt))
    hear_all(client, sandbox)  # answered with 200
    assert set(StripeEvent.objects.values_list("state", flat=True)) == {StripeEvent.State.IGNORED}
    assert fresh(order).status == Status.PENDING
    settled = services.settle(attempt)
    assert (settled.status, settled.paid_at) == (Status.PROCESSING, None)
    assert "wrong mode" in settled.attention


def ended_with_a_session_that_can_still_be_paid(
    sandbox: Sandbox, client: Client, variant: Variant, into: Status
) -> tuple[Order, str]:
    """An order whose first answer Stripe lost and then replayed as an error, so that nobody here knows its session."""
    order = placed_order(variant)
    sandbox.fault("error_500_after", match=f"POST {CREATE}")
    for _click in range(2):
        assert go_to_pay(client, order).status_code == 503
    services.end_hold(order.pk, into, actor="test")
    assert fresh(order).status == into
    return order, sandbox.sessions()[0]["id"]


@pytest.mark.parametrize("into", [Status.CANCELED, Status.EXPIRED])
def test_09_paid_after_the_end_reserves_again_and_carries_on(sandbox: Sandbox, client: Client, into: Status) -> None:
    variant = VariantFactory(stock=1)
    order, session = ended_with_a_session_that_can_still_be_paid(sandbox, client, variant, into)
    sandbox.pay(session)
    hear_all(client, sandbox)
    assert fresh(order).status == Status.PAID
    variant.refresh_from_db()
    assert variant.reserved == 1
    assert not Refund.objects.exists()
    must_balance()


def test_09_paid_after_the_end_without_stock_is_one_refund_and_one_mail(sandbox: Sandbox, client: Client) -> None:
    variant = VariantFactory(stock=1)
    order, session = ended_with_a_session_that_can_still_be_paid(sandbox, client, variant, Status.EXPIRED)
    placed_order(variant)  # somebody else takes the last one
    sandbox.pay(session)
    for _time in range(3):
        for event in events_of(sandbox):  # each time as an event of its own about the same fact
            hear(client, event | {"id": f"{event['id']}_{_time}"})
        everything_is_due()
        work_off()
    settled = fresh(order)
    assert settled.status == Status.EXPIRED
    assert "sold out" in settled.attention
    refund = Refund.objects.get()
    assert (refund.state, refund.amount) == (Refund.State.SUCCEEDED, order.total)
    assert [back.metadata["refund"] for back in refunds_at_stripe(sandbox) if back.metadata] == [refund.key]
    assert order.emails.filter(kind=OrderEmail.Kind.REFUNDED).count() == 1
    variant.refresh_from_db()
    assert variant.reserved == 1
    must_balance()


def test_10_a_payment_between_the_cancel_button_and_stripe_wins(
    sandbox: Sandbox, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, attempt = checked_out()
    really_expire = gateway.expire_session

    def pay_first(session: str, *, patient: bool = False) -> None:
        sandbox.pay(session)
        really_expire(session, patient=patient)

    monkeypatch.setattr(gateway, "expire_session", pay_first)
    client.post(f"/payment/cancel/?order={order.token}")
    attempt.refresh_from_db()
    assert (fresh(order).status, attempt.state) == (Status.PAID, State.COMPLETE)
    assert not order.events.filter(kind=Status.CANCELED).exists()


def test_11_going_to_pay_from_two_browsers_opens_one_session(sandbox: Sandbox) -> None:
    order = placed_order()
    addresses = {go_to_pay(Client(), order)["Location"] for _browser in range(3)}
    assert len(addresses) == 1
    assert [session["status"] for session in sandbox.sessions()] == ["open"]


def test_11_a_dead_attempt_whose_session_is_still_open_stays_dead(sandbox: Sandbox, client: Client) -> None:
    order = placed_order()
    sandbox.fault("error_500_after", match=f"POST {CREATE}")
    while go_to_pay(client, order).status_code != 303:
        assert len(sandbox.sessions()) < 3
    forgotten = sandbox.sessions()[-1]
    services.settle_session(forgotten["id"])  # as a replayed event or the reconciler may ask
    states = {attempt.session_id: attempt.state for attempt in order.checkout_attempts.all()}
    assert states[forgotten["id"]] == State.DEAD
    assert order.checkout_attempts.live().count() == 1
    assert fresh(order).status == Status.PENDING


@pytest.mark.parametrize("newest_first", [False, True])
def test_12_two_paid_sessions_are_one_paid_order_and_one_refund(
    sandbox: Sandbox, client: Client, newest_first: bool
) -> None:
    order = placed_order()
    sandbox.fault("error_500_after", match=f"POST {CREATE}")
    while go_to_pay(client, order).status_code != 303:
        assert len(sandbox.sessions()) < 3
    assert len(sandbox.sessions()) == 2
    for session in sandbox.sessions():
        sandbox.pay(session["id"])
    told = events_of(sandbox, "checkout.session.completed")
    hear(client, *(reversed(told) if newest_first else told))
    everything_is_due()
    work_off()
    paid = fresh(order)
    assert (paid.status, Payment.objects.count()) == (Status.PAID, 2)
    assert "paid twice" in paid.attention
    refund = Refund.objects.get()
    assert (refund.amount, refund.state) == (order.total, Refund.State.SUCCEEDED)
    assert [back.payment_intent for back in refunds_at_stripe(sandbox)] == [refund.payment.payment_intent]
    assert order.emails.filter(kind=OrderEmail.Kind.RECEIPT).count() == 1
    assert order.events.filter(kind=Status.PAID).count() == 1
    assert Variant.objects.get().reserved == 1


@pytest.mark.parametrize(
    ("outcome", "status", "reserved", "mails"),
    [
        ("succeed", Status.PAID, 1, {OrderEmail.Kind.RECEIVED, OrderEmail.Kind.RECEIPT}),
        ("fail", Status.EXPIRED, 0, {OrderEmail.Kind.RECEIVED, OrderEmail.Kind.PAYMENT_FAILED}),
    ],
)
def test_13_a_delayed_method_keeps_its_stock_until_the_money_comes_or_does_not(
    sandbox: Sandbox, client: Client, outcome: str, status: Status, reserved: int, mails: set[str]
) -> None:
    order, attempt = checked_out()
    sandbox.pay(session_of(attempt), method="sepa_debit")
    hear_all(client, sandbox)
    Order.objects.update(expires_at=timezone.now() - timedelta(days=1))  # a bank takes longer than a hold
    services.refresh(order.pk)
    services.end_hold(order.pk, Status.CANCELED, actor="shopper")
    assert fresh(order).status == Status.PROCESSING
    assert Variant.objects.get().reserved == 1
    page = client.get(order.get_absolute_url()).content.decode()
    assert "do not pay again" in page
    sandbox.settle(session_of(attempt), outcome=outcome)
    for _time in range(2):
        hear_all(client, sandbox)
        services.refresh(order.pk)
    assert fresh(order).status == status
    assert Variant.objects.get().reserved == reserved
    assert {mail.kind for mail in order.emails.all()} == mails
    assert Payment.objects.count() == reserved
    must_balance()


def test_14_a_session_that_ran_out_is_told_by_its_event_and_no_mail_says_that_a_payment_failed(
    sandbox: Sandbox, client: Client
) -> None:
    order, attempt = checked_out()
    sandbox.expire(session_of(attempt))
    hear_all(client, sandbox)
    assert fresh(order).status == Status.EXPIRED
    assert Variant.objects.get().reserved == 0
    assert {mail.kind for mail in order.emails.all()} == {OrderEmail.Kind.RECEIVED, OrderEmail.Kind.EXPIRED}
    must_balance()


# Money back


def bought(sandbox: Sandbox, client: Client, **options: Any) -> tuple[Order, Payment]:
    """A paid order and its payment, with everything that Stripe told of it."""
    order, attempt = checked_out()
    sandbox.pay(session_of(attempt), **options)
    hear_all(client, sandbox)
    return fresh(order), Payment.objects.get()


def ask_back(payment: Payment, amount: Decimal) -> Refund:
    """Staff ask for a refund, as the admin does."""
    with transitions.transaction.atomic():
        order = transitions.lock(payment.order_id)
        return services.request_refund(order, payment, amount, reason="test", actor="staff")


def test_15_refunds_made_in_the_dashboard_become_rows_and_stand_on_the_page(sandbox: Sandbox, client: Client) -> None:
    order, payment = bought(sandbox, client)
    for cents in (500, 250):
        dashboard(sandbox).v1.refunds.create({"payment_intent": payment.payment_intent, "amount": cents})
    for _time in range(2):
        hear_all(client, sandbox)
    assert sorted(refund.amount for refund in payment.refunds.all()) == [Decimal("2.50"), Decimal("5.00")]
    assert {(refund.state, refund.actor) for refund in payment.refunds.all()} == {(Refund.State.SUCCEEDED, "Stripe")}
    assert payment.refundable == order.total - Decimal("7.50")
    assert order.emails.filter(kind=OrderEmail.Kind.REFUNDED).count() == 2
    page = client.get(order.get_absolute_url()).content.decode()
    assert "€5.00" in page
    assert "€2.50" in page


def test_16_a_refund_that_fails_after_it_succeeded_calls_staff(sandbox: Sandbox, client: Client) -> None:
    order, payment = bought(sandbox, client)
    refund = ask_back(payment, payment.amount)
    services.submit_refund(refund.pk)
    refund.refresh_from_db()
    assert (refund.state, fresh(order).attention) == (Refund.State.SUCCEEDED, "")
    sandbox.control("POST", f"refunds/{refund.refund_id}/fail")
    for _time in range(2):
        hear_all(client, sandbox)
    refund.refresh_from_db()
    assert refund.state == Refund.State.FAILED
    assert fresh(order).attention.count("expired_or_canceled_card") == 1
    assert f"Credit note {order.invoices.get(kind='credit_note')} stands" in fresh(order).attention
    assert order.events.filter(kind="refund failed").count() == 1
    assert payment.refundable == payment.amount


def test_16_units_that_a_failed_refund_put_back_do_not_go_back_a_second_time(sandbox: Sandbox, client: Client) -> None:
    order, payment = bought(sandbox, client)
    placed_order(Variant.objects.get())  # whose unit must stay reserved
    item = order.line_items.get()

    def refund_the_unit(*, restock: bool) -> Refund:
        with transitions.transaction.atomic():
            locked = transitions.lock(order.pk)
            options: dict[str, Any] = {"reason": "broken", "actor": "staff", "units": {item: 1}, "restock": restock}
            return services.request_refund(locked, payment, item.total, **options)

    first = refund_the_unit(restock=True)
    services.submit_refund(first.pk)
    sandbox.control("POST", f"refunds/{Refund.objects.get().refund_id}/fail")
    hear_all(client, sandbox)
    assert refund_the_unit(restock=True).lines.get().taken_off == 0
    assert Variant.objects.get().reserved == 1
    with pytest.raises(services.CannotRefund, match="is not between 0"):
        refund_the_unit(restock=True)
    must_balance()


@pytest.mark.needs("postgres")
@pytest.mark.django_db(transaction=True)
def test_17_a_double_click_in_two_windows_gives_back_no_more_than_was_paid(sandbox: Sandbox, client: Client) -> None:
    _order, payment = bought(sandbox, client)
    answers = run_together([lambda: ask_back(payment, payment.amount)] * 8, connections=8)
    refund = Refund.objects.get()
    assert [type(answer) for answer in answers].count(services.CannotRefund) == 7
    run_together([lambda: services.submit_refund(refund.pk)] * 8, connections=8)
    assert [back.amount for back in refunds_at_stripe(sandbox)] == [payment.amount * 100]
    assert len(calls_to(sandbox, "POST", "/v1/refunds")) == 1


def test_17_the_dashboard_and_the_shop_together_give_back_no_more_than_was_paid(
    sandbox: Sandbox, client: Client
) -> None:
    order, payment = bought(sandbox, client)
    refund = ask_back(payment, payment.amount)
    dashboard(sandbox).v1.refunds.create({"payment_intent": payment.payment_intent})  # before the worker comes
    services.submit_refund(refund.pk)
    hear_all(client, sandbox)
    refund.refresh_from_db()
    assert refund.state == Refund.State.FAILED
    assert "already been refunded" in fresh(order).attention
    assert payment.refunded == payment.amount
    assert len(refunds_at_stripe(sandbox)) == 1


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_18_a_dispute_holds_the_order_and_its_outcome_is_kept(sandbox: Sandbox, client: Client, outcome: str) -> None:
    order, payment = bought(sandbox, client)
    sandbox.control("POST", f"charges/{charge_of(sandbox, payment.payment_intent)}/dispute")
    hear_all(client, sandbox)
    dispute = Dispute.objects.get()
    assert dispute.is_open
    assert (dispute.payment, dispute.amount, dispute.state) == (payment, payment.amount, "needs_response")
    assert dispute.respond_by
    assert "do not ship" in fresh(order).attention
    assert "about 18.90 EUR (" in fresh(order).attention
    sandbox.control("POST", f"disputes/{dispute.dispute_id}/decide", outcome=outcome)
    for _time in range(2):
        hear_all(client, sandbox)
    dispute.refresh_from_db()
    assert (dispute.state, dispute.is_open) == (outcome, False)
    assert fresh(order).attention.count(f"is closed: {outcome}") == 1
    assert order.events.filter(kind="dispute").count() == 2


# Currencies


@pytest.mark.parametrize(
    ("currency", "price", "quantity", "minor_units"),
    [("JPY", "1250", 3, 1), ("KWD", "3.330", 3, 1000), ("ISK", "1250", 2, 100), ("EUR", "3.33", 3, 100)],
)
def test_19_totals_are_exact_in_every_kind_of_currency(
    sandbox: Sandbox, client: Client, settings: Any, currency: str, price: str, quantity: int, minor_units: int
) -> None:
    settings.SHOP_CURRENCY = currency
    if currency in {"JPY", "ISK"}:
        carts_shipping("700")
    order, attempt = checked_out(VariantFactory(price=price), quantity=quantity)
    session = sandbox.sessions()[0]
    assert session["currency"] == currency.lower()
    assert session["amount_total"] == order.total * minor_units
    assert order.total == sum(item.total for item in order.line_items.all()) + order.shipping
    sandbox.pay(session_of(attempt))
    hear_all(client, sandbox)
    payment = Payment.objects.get()
    assert (fresh(order).status, payment.amount, payment.currency) == (Status.PAID, order.total, currency)
    refund = ask_back(payment, payment.amount)
    services.submit_refund(refund.pk)
    assert [back.amount for back in refunds_at_stripe(sandbox)] == [order.total * minor_units]


def carts_shipping(price: str) -> None:
    """Shipping for a currency that knows no cents."""
    ShippingMethod.objects.update(price=Decimal(price))


# Coming back


def test_20_a_stranger_learns_nothing_from_another_orders_session(sandbox: Sandbox, client: Client) -> None:
    mine, _attempt = checked_out()
    _theirs, attempt = checked_out()
    sandbox.pay(session_of(attempt))
    assert client.get(f"/payment/completed/?order={mine.token}&session_id={attempt.session_id}").status_code == 404
    assert client.get(f"/payment/completed/?order={mine.token}&session_id=cs_test_made_up").status_code == 404
    assert client.get(f"/payment/completed/?order=made-up&session_id={attempt.session_id}").status_code == 404


def test_22_without_stripe_the_success_page_says_confirming(
    sandbox: Sandbox, client: Client, settings: Any, nudges: list[tuple[str, Any]]
) -> None:
    order, attempt = checked_out()
    sandbox.pay(session_of(attempt))
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"  # nobody listens there
    page = client.get(f"/payment/completed/?order={order.token}&session_id={attempt.session_id}", follow=True)
    assert page.status_code == 200
    assert "Confirming your payment" in page.content.decode()
    run_nudges(nudges)
    assert fresh(order).status == Status.PENDING
    settings.STRIPE_API_BASE = sandbox.url
    tasks.process_payment(order.pk)
    assert fresh(order).status == Status.PAID


def test_23_days_without_a_webhook_and_the_sweep_settles_everything(
    sandbox: Sandbox, client: Client, nudges: list[tuple[str, Any]]
) -> None:
    ways = ["paid", "ran out", "left open", "money on its way", "money came", "money never came", "never went"]
    bottles = VariantFactory(stock=len(ways))
    placed = {way: placed_order(bottles) for way in ways}
    for way in ways[:-1]:
        services.start_checkout(placed[way].pk)
    sessions = {way: session_of(placed[way].checkout_attempts.get()) for way in ways[:-1]}
    sandbox.pay(sessions["paid"])
    sandbox.expire(sessions["ran out"])
    for way in ("money on its way", "money came", "money never came"):
        sandbox.pay(sessions[way], method="sepa_debit")
    sweep_days_later(nudges)
    sandbox.settle(sessions["money came"])
    sandbox.settle(sessions["money never came"], outcome="fail")
    sweep_days_later(nudges)
    assert {way: fresh(order).status for way, order in placed.items()} == {
        "paid": Status.PAID,
        "ran out": Status.EXPIRED,
        "left open": Status.EXPIRED,
        "money on its way": Status.PROCESSING,
        "money came": Status.PAID,
        "money never came": Status.EXPIRED,
        "never went": Status.EXPIRED,
    }
    assert Payment.objects.count() == 2
    bottles.refresh_from_db()
    assert bottles.reserved == 3
    must_balance()


def sweep_days_later(nudges: list[tuple[str, Any]]) -> None:
    """Let every hold end and every answer grow old, then let the sweep nudge, and workers work."""
    Order.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    everything_is_due()
    tasks.sweep()
    run_nudges(nudges)
