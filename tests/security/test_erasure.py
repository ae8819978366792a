"""A customer who wants to be forgotten is: everywhere but on the invoices that the law keeps."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Sum
from django.test import Client
from django.utils import timezone

from backoffice.api.orders import ApiOrder
from backoffice.erasure import NothingKnown, erase_customer
from cart import defaults
from messager import services as messages
from orders import documents, emails, lookups, services, transitions
from orders.models import Invoice, LineItem, MailOptOut, Order, OrderEmail
from payment.models import CheckoutAttempt, Payment, StripeEvent
from tests.backoffice.programs import made_key
from tests.checkout import filled_cart, pay, place, placed_order

pytestmark = pytest.mark.django_db

PERSON = {
    "email": "zebulon@quastel.example",
    "full_name": "Zebulon Quastel",
    "phone": "+49 30 5550199",
    "address1": "Nonesuch Lane 77",
    "postcode": "10178",
    "city": "Berlin",
}
TRACES = ["zebulon", "quastel", "5550199", "nonesuch"]
KEPT = {"Invoice"}  # and its PDF, which is no text


@pytest.fixture(autouse=True)
def _rules(db: None) -> None:
    defaults.load()


def customer() -> Order:
    """An order with everything that a customer can leave in a shop, and nothing left to do."""
    order = place(filled_cart(), **PERSON)
    CheckoutAttempt.objects.create(
        order=order,
        idempotency_key="a",
        session_id="cs_1",
        state=CheckoutAttempt.State.COMPLETE,
        expires_at=order.expires_at,
        parameters={"customer_email": PERSON["email"]},
    )
    pay(order)
    payment = Payment.objects.create(
        order=order,
        payment_intent="pi_1",
        amount=order.total,
        currency="EUR",
        livemode=False,
        captured_at=timezone.now(),
    )
    told = {"id": "ch_1", "payment_intent": payment.payment_intent, "amount": 1890, "billing_details": PERSON}
    told |= {"refunds": {"data": [{"id": "re_1", "receipt_email": PERSON["email"]}]}}
    StripeEvent.objects.create(
        event_id="evt_1", type="charge.succeeded", object_id="ch_1", livemode=False, payload={"data": {"object": told}}
    )
    item = order.line_items.get()
    with transaction.atomic():
        locked = transitions.lock(order.pk)
        services.leave_note(locked, "Zebulon Quastel asked for a card", actor="kim")
        services.ship(locked, {item: 1}, carrier="dhl", tracking="QUASTEL1", actor="kim")
        statement = services.Statement(uuid4(), PERSON["full_name"], PERSON["email"], "from Zebulon")
        withdrawal = services.withdraw(locked, {item: 1}, statement)
        services.close_withdrawal(locked, withdrawal, restock=True, actor="kim")
    with transaction.atomic():
        transitions.attended(transitions.lock(order.pk), actor="kim")
    for document in Invoice.objects.filter(order=order):
        documents.make(document.pk)
    for mail in order.emails.all():
        emails.deliver(mail.pk)
    messages.write(PERSON["email"], "I am Zebulon", name="Quastel", language="en", visitor="10.0.0.1")
    MailOptOut.objects.create(email=PERSON["email"])
    lookups.ask(order.number, PERSON["email"], visitor="10.0.0.1")
    key = made_key()[0]
    ApiOrder.objects.create(key=key, reference="1", customer_reference="quastel", body_hash="x", order=order)
    return order


def traces() -> dict[str, list[str]]:
    """Model -> what of the person stands in its rows, for every model of every installed app."""
    found: dict[str, list[str]] = {}
    for model in apps.get_models():
        rows = " ".join(str(row) for row in model._base_manager.values_list()).casefold()
        here = [trace for trace in TRACES if trace in rows]
        if here:
            found[model.__name__] = here
    return found


def figures() -> Any:
    """What reports, taxes and books are made of."""
    sums = ("subtotal", "discount", "shipping", "tax", "total")
    return [
        Order.objects.aggregate(**{name: Sum(name) for name in sums}),
        list(Order.objects.values_list("number", "status", "country", "currency", "paid_at")),
        list(LineItem.objects.order_by("pk").values()),
        list(Payment.objects.values_list("payment_intent", "amount")),
        list(Invoice.objects.values_list("number", "total", "content")),
        [bytes(pdf or b"") for pdf in Invoice.objects.values_list("pdf__data", flat=True)],
        list(StripeEvent.objects.values_list("event_id", "object_id", "state")),
    ]


def test_93_the_person_is_gone_from_every_table_and_the_figures_stand(admin_user: Any) -> None:
    order = customer()
    LogEntry.objects.log_actions(
        admin_user.pk, [order.emails.all()[0]], CHANGE, f"to {PERSON['email']}", single_object=True
    )
    before, old_page = figures(), order.get_absolute_url()
    places = {"Order", "OrderEmail", "OrderEvent", "StripeEvent", "CheckoutAttempt", "Withdrawal", "Shipment"}
    assert places | {"Message", "MailOptOut", "ApiOrder", "LogEntry"} < set(traces())
    erased = erase_customer(PERSON["email"].upper(), actor="kim")
    assert (erased.orders, erased.messages) == (1, 1)
    assert set(traces()) == KEPT
    assert figures() == before
    payload = StripeEvent.objects.get().payload["data"]["object"]
    assert payload == {"id": "ch_1", "payment_intent": "pi_1", "amount": 1890, "refunds": {"data": [{"id": "re_1"}]}}
    assert Client().get(old_page).status_code == 404
    assert order.events.get(kind="erased").actor == "kim"
    assert not OrderEmail.objects.unsent().exists()
    with pytest.raises(NothingKnown):
        erase_customer(PERSON["email"], actor="kim")


def test_93_another_customer_keeps_everything() -> None:
    customer()
    other = placed_order()
    pay(other)
    erase_customer(PERSON["email"], actor="kim")
    other.refresh_from_db()
    assert (other.email, other.full_name) == ("kim@example.com", "Kim Doe")
    assert other.emails.filter(to="kim@example.com").exists()


def test_93_what_is_still_to_be_done_goes_first_and_then_nothing_is_erased() -> None:
    order = place(filled_cart(), **PERSON)
    done = place(filled_cart(), **PERSON)
    with transaction.atomic():
        services.end(transitions.lock(done.pk), Order.Status.CANCELED, actor="test")
    for _step in range(2):  # awaiting payment, then to be shipped
        with pytest.raises(services.CannotErase, match=order.number):
            erase_customer(PERSON["email"], actor="kim")
        pay(order)
    done.refresh_from_db()
    assert done.full_name == PERSON["full_name"]


def test_93_staff_erase_on_a_page_that_asks(admin_client: Client, client: Client, django_user_model: Any) -> None:
    order = customer()
    url = f"/admin/erase/{order.number}/"
    assert url in admin_client.get(f"/admin/orders/order/{order.pk}/change/").content.decode()
    assert PERSON["email"] in admin_client.get(url).content.decode()
    assert set(traces()) > KEPT
    client.force_login(django_user_model.objects.create_user("kim", is_staff=True))
    assert client.post(url).status_code in {302, 403}
    assert set(traces()) > KEPT
    assert admin_client.post(url).status_code == 302
    assert set(traces()) == KEPT
    assert admin_client.get(f"/admin/orders/order/{order.pk}/change/").status_code == 200
    assert admin_client.get(f"/admin/black-box/{order.number}/").status_code == 200
    assert LogEntry.objects.filter(change_message="Erased the customer").exists()


def test_93_a_page_for_what_is_open_only_says_why_not(admin_client: Client) -> None:
    order = placed_order()
    answer = admin_client.post(f"/admin/erase/{order.number}/")
    assert "still awaits its payment" in answer.content.decode()
    order.refresh_from_db()
    assert order.full_name == "Kim Doe"


def test_93_the_command_asks_erases_and_says_what(capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    customer()
    monkeypatch.setattr("builtins.input", lambda _question: "no")
    with pytest.raises(CommandError, match="Nothing was erased"):
        call_command("erase_customer", PERSON["email"])
    call_command("erase_customer", PERSON["email"], "--yes")
    assert capsys.readouterr().out == "Erased from 1 orders and 1 messages.\n"
    with pytest.raises(CommandError, match="Nothing is known"):
        call_command("erase_customer", PERSON["email"], "--yes")


def test_an_erased_address_is_one_that_reaches_nobody() -> None:
    order = customer()
    erase_customer(PERSON["email"], actor="kim")
    order.refresh_from_db()
    assert order.email.endswith(".invalid")
    assert order.created > timezone.now() - timedelta(hours=1)
    assert order.total == Decimal("18.9")
