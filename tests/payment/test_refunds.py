"""Money back: from the admin, from Stripe's dashboard, and because it should not have been taken."""

from decimal import Decimal
from typing import Any

import pytest
import stripe
from django.contrib.auth.models import Permission, User
from django.db import transaction
from django.test import Client

from orders import emails, transitions
from orders.models import Invoice, Order, OrderEmail
from payment import handlers, services
from payment.models import Payment, Refund, StripeEvent
from shop.models import Variant
from tests.checkout import placed_order
from tests.factories import VariantFactory
from tests.staff import sign_in
from tests.stripe_sandbox.process import Sandbox

from .deliveries import deliver

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]

State = Refund.State


def bought(sandbox: Sandbox, *variants: Variant, quantity: int = 1) -> Payment:
    """A paid order's payment."""
    order = placed_order(*variants, quantity=quantity)
    services.start_checkout(order.pk)
    attempt = order.checkout_attempts.get()
    sandbox.pay(attempt.session_id or "")
    services.settle(attempt)
    return order.payments.get()


def ask(payment: Payment, amount: str, **options: Any) -> Refund:
    with transaction.atomic():
        order = transitions.lock(payment.order_id)
        return services.request_refund(order, payment, Decimal(amount), reason="test", actor="staff", **options)


def at_stripe(sandbox: Sandbox) -> stripe.StripeClient:
    return stripe.StripeClient("sk_test_suite", base_addresses={"api": sandbox.url})


def staff(client: Client, *permissions: str) -> Client:
    user = User.objects.create_user("staff", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_payment", *permissions]))
    sign_in(client, user)
    return client


def test_a_part_goes_back_and_the_shopper_is_told(sandbox: Sandbox, client: Client, mailoutbox: list[Any]) -> None:
    payment = bought(sandbox)
    refund = ask(payment, "5.00")
    assert services.submit_refund(refund.pk)
    assert not services.submit_refund(refund.pk)
    refund.refresh_from_db()
    assert refund.state == State.SUCCEEDED
    assert (payment.refunded, payment.refundable) == (5, payment.amount - 5)
    order = Order.objects.get()
    assert order.status == Order.Status.PAID
    assert "€5.00 returned" in client.get(order.get_absolute_url()).content.decode()
    emails.deliver(order.emails.get(kind=OrderEmail.Kind.REFUNDED).pk)
    assert "€5.00" in mailoutbox[0].body
    assert "€5.00" in mailoutbox[0].alternatives[0][0]


def test_17_a_repeated_key_is_one_refund_and_the_sum_never_exceeds_the_payment(sandbox: Sandbox) -> None:
    payment = bought(sandbox)
    assert ask(payment, "5.00", key="k") == ask(payment, "5.00", key="k")
    for wrong in (str(payment.amount - 4), "0", "-1", "0.001"):
        with pytest.raises(services.CannotRefund):
            ask(payment, wrong)
    ask(payment, str(payment.refundable))
    assert payment.refundable == 0
    assert Refund.objects.count() == 2


def test_units_go_back_on_the_shelf_once(sandbox: Sandbox) -> None:
    payment = bought(sandbox, VariantFactory(price=10), quantity=3)
    item = payment.order.line_items.get()
    ask(payment, "20.00", units={item: 2}, restock=True)
    assert Variant.objects.get().reserved == 1
    with pytest.raises(services.CannotRefund):
        ask(payment, "1.00", units={item: 2}, restock=True)
    assert Variant.objects.get().reserved == 1


def test_15_a_refund_in_stripes_dashboard_appears_by_itself(sandbox: Sandbox, client: Client) -> None:
    payment = bought(sandbox)
    at_stripe(sandbox).v1.refunds.create({"payment_intent": payment.payment_intent, "amount": 300})
    for event in sandbox.events():
        event.pop("deliveries")
        assert deliver(client, event) == 200
    for row in StripeEvent.objects.order_by("?"):
        assert handlers.process(row.pk) in {StripeEvent.State.PROCESSED, StripeEvent.State.IGNORED}
    refund = Refund.objects.get()
    assert (refund.amount, refund.state, refund.actor) == (3, State.SUCCEEDED, "Stripe")
    assert payment.order.emails.filter(kind=OrderEmail.Kind.REFUNDED).count() == 1


def test_a_refund_that_stripe_refuses_calls_staff(sandbox: Sandbox) -> None:
    payment = bought(sandbox)
    refund = ask(payment, "5.00")
    at_stripe(sandbox).v1.refunds.create({"payment_intent": payment.payment_intent})  # all of it, behind our back
    services.submit_refund(refund.pk)
    refund.refresh_from_db()
    assert refund.state == State.FAILED
    assert "refused" in Order.objects.get().attention


def test_a_refund_corrects_the_invoice_once(sandbox: Sandbox, client: Client) -> None:
    payment = bought(sandbox)
    services.submit_refund(ask(payment, "5.00").pk)
    for event in sandbox.events():
        event.pop("deliveries")
        deliver(client, event)
    for row in StripeEvent.objects.all():
        handlers.process(row.pk)
    note = payment.order.invoices.get(kind=Invoice.Kind.CREDIT_NOTE)
    assert (note.total, note.corrects) == (5, payment.order.invoices.get(kind=Invoice.Kind.INVOICE))


def test_12_money_that_comes_twice_goes_back_once(sandbox: Sandbox) -> None:
    order = placed_order()
    services.start_checkout(order.pk)
    first = order.checkout_attempts.get()
    order.checkout_attempts.update(state="dead")
    services.start_checkout(order.pk)
    second = order.checkout_attempts.exclude(pk=first.pk).get()
    for attempt in (first, second):
        sandbox.pay(attempt.session_id or "")
    for attempt in (first, second, second, first):
        services.settle(attempt)
    refund = Refund.objects.get()
    assert refund.amount == order.total
    assert refund.payment.session_id == second.session_id
    assert order.payments.count() == 2
    services.submit_refund(refund.pk)
    assert not order.invoices.filter(kind=Invoice.Kind.CREDIT_NOTE).exists()  # no invoice was about that money
    assert order.events.filter(kind="paid").count() == 1


def test_staff_refund_units_in_the_admin(sandbox: Sandbox, client: Client) -> None:
    payment = bought(sandbox, VariantFactory(price=10), quantity=3)
    item = payment.order.line_items.get()
    url = f"/admin/payment/payment/{payment.pk}/refund/"
    staff(client, "add_refund", "view_refund")
    page = client.get(url)
    key = page.context["form"]["key"].value()
    data = {"key": key, "reason": "corked", f"units_{item.pk}": 2, "restock": "on"}
    for _click in range(2):
        client.post(url, data)
    refund = Refund.objects.get()
    assert (refund.amount, refund.reason, refund.actor) == (20, "corked", "staff")
    assert refund.lines.get().quantity == 2
    assert "corked" in client.get(f"/admin/payment/payment/{payment.pk}/change/").content.decode()


@pytest.mark.parametrize("amount", ["1000", "-1", "NaN", "1e99", "x", "", "0.001"])
def test_a_wrong_refund_form_is_shown_again(sandbox: Sandbox, client: Client, amount: str) -> None:
    payment = bought(sandbox)
    url = f"/admin/payment/payment/{payment.pk}/refund/"
    staff(client, "add_refund")
    key = "1c7a2f0e-3f3e-4a66-9f5c-0c9a6cf6f0aa"
    response = client.post(url, {"key": key, "reason": "test", "amount": amount})
    assert response.status_code == 200
    assert response.context["form"].errors
    assert not Refund.objects.exists()


def test_a_refund_of_nothing_is_not_the_price_of_its_units(sandbox: Sandbox, client: Client) -> None:
    payment = bought(sandbox, VariantFactory(price=10), quantity=3)
    url = f"/admin/payment/payment/{payment.pk}/refund/"
    staff(client, "add_refund")
    item = payment.order.line_items.get()
    data = {"key": "1c7a2f0e-3f3e-4a66-9f5c-0c9a6cf6f0aa", "reason": "corked", f"units_{item.pk}": 2}
    for amount in ("0", "0.00", "-0"):
        form = client.post(url, data | {"amount": amount}).context["form"]
        assert form.errors["amount"] == [f"Between €0.01 and €{payment.amount:.2f} can be given back."]
    spanish = client.post(url, data | {"amount": "0"}, headers={"accept-language": "es"}).content.decode()
    assert "0,01\xa0€" in spanish
    form = client.post(url, data | {"amount": "1.005"}).context["form"]
    assert form.errors["amount"] == ["Amounts go in steps of €0.01."]
    assert not Refund.objects.exists()
    client.post(url, data | {"amount": "0.01"})
    assert Refund.objects.get().amount == Decimal("0.01")


def test_a_form_that_was_open_while_all_was_given_back_says_so(sandbox: Sandbox, client: Client) -> None:
    payment = bought(sandbox, VariantFactory(price=10), quantity=3)
    url = f"/admin/payment/payment/{payment.pk}/refund/"
    staff(client, "add_refund")
    item = payment.order.line_items.get()
    ask(payment, str(payment.amount), units={item: 3})
    data = {"key": "1c7a2f0e-3f3e-4a66-9f5c-0c9a6cf6f0aa", "reason": "corked"}
    for stale in ({"amount": "5"}, {f"units_{item.pk}": 3}):
        errors = client.post(url, data | stale).context["form"].errors
        assert list(errors.values()) == [["All of it was given back already."]]
    assert Refund.objects.count() == 1


def test_without_the_permission_nobody_refunds(sandbox: Sandbox, client: Client) -> None:
    payment = bought(sandbox)
    assert staff(client).get(f"/admin/payment/payment/{payment.pk}/refund/").status_code == 403


def test_staff_replay_parked_events(client: Client) -> None:
    row = StripeEvent.objects.create(
        event_id="evt_1",
        type="customer.created",
        livemode=False,
        payload={},
        state=StripeEvent.State.PARKED,
        attempts=12,
    )
    staff(client, "view_stripeevent", "change_stripeevent")
    client.post("/admin/payment/stripeevent/", {"action": "work_on_again", "_selected_action": [row.pk]})
    row.refresh_from_db()
    assert (row.state, row.attempts) == (StripeEvent.State.RECEIVED, 0)
    assert handlers.process(row.pk) == StripeEvent.State.IGNORED
