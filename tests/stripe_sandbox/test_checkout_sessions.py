"""Checkout sessions through the genuine library."""

import time
from typing import Any

import pytest
import stripe

from .conftest import Create, line
from .endpoint import Endpoint
from .process import Sandbox


def test_a_new_session_is_open_and_unpaid_and_has_a_page(create: Create, sandbox: Sandbox) -> None:
    session = create(client_reference_id="order-7", metadata={"order": "7"}, customer_email="ada@example.com")
    assert (session.status, session.payment_status, session.payment_intent) == ("open", "unpaid", None)
    assert (session.amount_subtotal, session.amount_total, session.currency) == (2500, 2500, "eur")
    assert session.client_reference_id == "order-7"
    assert session.to_dict()["metadata"] == {"order": "7"}
    assert session.url == f"{sandbox.url}/c/pay/{session.id}"
    assert session.livemode is False
    assert session.customer_details is not None
    assert session.customer_details.email == "ada@example.com"


def test_a_session_is_retrieved_as_it_was_created(create: Create, client: stripe.StripeClient) -> None:
    session = create(metadata={"0": "numbers as keys stay keys"})
    assert client.v1.checkout.sessions.retrieve(session.id).to_dict() == session.to_dict()


def test_line_items_come_only_when_expanded(create: Create) -> None:
    assert "line_items" not in create().to_dict()
    picture = "http://shop.example/rioja.webp"
    data = {"currency": "eur", "unit_amount": 990, "product_data": {"name": "Cava", "images": [picture]}}
    session = create(line_items=[{"price_data": data, "quantity": 3}, line()], expand=["line_items.data.price.product"])
    assert session.line_items is not None
    cava, rioja = session.line_items.data
    assert (cava.description, cava.quantity, cava.amount_total) == ("Cava", 3, 2970)
    assert (rioja.description, rioja.quantity, rioja.amount_total) == ("Rioja Reserva", 2, 2500)
    assert cava.price is not None
    assert isinstance(cava.price.product, stripe.Product)
    assert cava.price.product.images == [picture]


def test_line_items_are_paged_in_their_order(create: Create, client: stripe.StripeClient) -> None:
    session = create(line_items=[line(100 + number, 1, name=f"Wine {number}") for number in range(12)])
    first = client.v1.checkout.sessions.line_items.list(session.id, {"limit": 5})
    assert [item.amount_total for item in first.data] == [100, 101, 102, 103, 104]
    assert [item.amount_total for item in first.auto_paging_iter()] == list(range(100, 112))
    before = client.v1.checkout.sessions.line_items.list(session.id, {"limit": 2, "ending_before": first.data[4].id})
    assert [item.amount_total for item in before.data] == [102, 103]


def test_prices_made_through_the_api_can_be_sold(create: Create, client: stripe.StripeClient) -> None:
    product = client.v1.products.create({"name": "Priorat"})
    price = client.v1.prices.create({"product": product.id, "currency": "eur", "unit_amount": 3100})
    session = create(line_items=[{"price": price.id, "quantity": 2}], expand=["line_items"])
    assert session.amount_total == 6200
    assert session.line_items is not None
    assert session.line_items.data[0].description == "Priorat"


def test_shipping_options_add_the_first_ones_cost(create: Create, client: stripe.StripeClient) -> None:
    def option(name: str, amount: int) -> dict[str, Any]:
        return {"shipping_rate_data": {"display_name": name, "fixed_amount": {"amount": amount, "currency": "eur"}}}

    session = create(shipping_options=[option("Standard", 490), option("Express", 990)])
    assert session.amount_total == 2990
    assert session.total_details is not None
    assert session.total_details.amount_shipping == 490
    assert session.shipping_cost is not None
    rate = client.v1.shipping_rates.retrieve(str(session.shipping_cost.shipping_rate))
    assert rate.display_name == "Standard"


@pytest.mark.parametrize("ahead", [30 * 60 + 5, 60 * 60, 24 * 60 * 60 - 5])
def test_expires_at_may_lie_30_minutes_to_24_hours_ahead(create: Create, ahead: int) -> None:
    moment = int(time.time()) + ahead
    assert create(expires_at=moment).expires_at == moment


@pytest.mark.parametrize(("ahead", "words"), [(29 * 60, "at least 30 minutes"), (25 * 60 * 60, "less than 24 hours")])
def test_expires_at_outside_is_refused(create: Create, ahead: int, words: str) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=words) as refusal:
        create(expires_at=int(time.time()) + ahead)
    assert refusal.value.param == "expires_at"


def test_an_open_session_can_be_expired_once(create: Create, client: stripe.StripeClient, endpoint: Endpoint) -> None:
    session = create()
    expired = client.v1.checkout.sessions.expire(session.id)
    assert (expired.status, expired.payment_status, expired.url) == ("expired", "unpaid", None)
    with pytest.raises(stripe.InvalidRequestError, match=r'status in \["open"\] can be expired.*`expired`'):
        client.v1.checkout.sessions.expire(session.id)
    endpoint.wait_for("checkout.session.expired")
    assert endpoint.types == ["checkout.session.expired"]


def test_a_complete_session_cannot_be_expired(create: Create, client: stripe.StripeClient, sandbox: Sandbox) -> None:
    session = create()
    sandbox.pay(session.id)
    with pytest.raises(stripe.InvalidRequestError, match="has a status of `complete`"):
        client.v1.checkout.sessions.expire(session.id)
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"


def test_sessions_are_listed_by_status_and_by_payment_intent(
    create: Create, client: stripe.StripeClient, sandbox: Sandbox
) -> None:
    paid, _open = create(), create()
    sandbox.pay(paid.id)
    complete = client.v1.checkout.sessions.list({"status": "complete"}).data
    assert [session.id for session in complete] == [paid.id]
    intent = str(complete[0].payment_intent)
    assert [session.id for session in client.v1.checkout.sessions.list({"payment_intent": intent}).data] == [paid.id]
    assert client.v1.checkout.sessions.list({"payment_intent": "pi_other"}).data == []


def test_lists_are_paged_newest_first_both_ways(create: Create, client: stripe.StripeClient) -> None:
    ids = [create().id for _ in range(7)][::-1]
    page = client.v1.checkout.sessions.list({"limit": 3})
    assert [session.id for session in page.data] == ids[:3]
    assert page.has_more
    assert [session.id for session in page.auto_paging_iter()] == ids
    back = client.v1.checkout.sessions.list({"limit": 2, "ending_before": ids[4]})
    assert [session.id for session in back.data] == ids[2:4]


def test_lists_are_filtered_by_creation(create: Create, client: stripe.StripeClient) -> None:
    session = create()
    assert client.v1.checkout.sessions.list({"created": {"gt": session.created}}).data == []
    assert len(client.v1.checkout.sessions.list({"created": {"gte": session.created}}).data) == 1
    assert len(client.v1.checkout.sessions.list({"created": session.created}).data) == 1


def test_a_session_that_does_not_exist_is_a_404(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=r"No such checkout\.session: 'cs_test_none'") as refusal:
        client.v1.checkout.sessions.retrieve("cs_test_none")
    assert (refusal.value.http_status, refusal.value.code) == (404, "resource_missing")


def test_several_levels_are_expanded_at_once(create: Create, client: stripe.StripeClient, sandbox: Sandbox) -> None:
    session = create(payment_intent_data={"metadata": {"order": "7"}, "description": "Order 7"})
    sandbox.pay(session.id)
    path = "payment_intent.latest_charge.balance_transaction"
    found = client.v1.checkout.sessions.retrieve(session.id, {"expand": [path, "line_items"]})
    assert isinstance(found.payment_intent, stripe.PaymentIntent)
    assert found.payment_intent.description == "Order 7"
    assert found.payment_intent.to_dict()["metadata"] == {"order": "7"}
    charge = found.payment_intent.latest_charge
    assert isinstance(charge, stripe.Charge)
    assert charge.to_dict()["metadata"] == {"order": "7"}
    assert isinstance(charge.balance_transaction, stripe.BalanceTransaction)
    assert charge.balance_transaction.net == 2500 - charge.balance_transaction.fee


def test_what_cannot_be_expanded_is_refused(create: Create) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=r"cannot be expanded \(nonsense\)"):
        create(expand=["nonsense"])


def test_a_session_over_nothing_needs_no_payment(create: Create, sandbox: Sandbox) -> None:
    session = create(line_items=[line(0)])
    assert (session.amount_total, session.payment_status) == (0, "no_payment_required")
    paid = sandbox.pay(session.id)["session"]
    assert (paid["status"], paid["payment_status"], paid["payment_intent"]) == (
        "complete",
        "no_payment_required",
        None,
    )


def test_the_sandbox_says_what_it_does_not_model(create: Create) -> None:
    for name, value in {"automatic_tax": {"enabled": True}, "ui_mode": "embedded_page", "mode": "subscription"}.items():
        with pytest.raises(stripe.InvalidRequestError, match=r"sandbox models only|does not model"):
            create(**{name: value})
