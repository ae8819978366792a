"""Payments whose money arrives later, or does not."""

import httpx
import pytest
import stripe

from .conftest import CARD, Create, line
from .endpoint import Endpoint
from .process import Sandbox


def test_the_session_is_complete_and_unpaid_until_the_money_arrives(
    create: Create, visitor: httpx.Client, client: stripe.StripeClient, sandbox: Sandbox, endpoint: Endpoint
) -> None:
    session = create()
    typed = {"email": "ada@example.com", "name": "Ada Lovelace", "method": "sepa_debit", "bank": "wait"}
    assert visitor.post(session.url, data=typed).status_code == 303
    waiting = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert (waiting.status, waiting.payment_status) == ("complete", "unpaid")
    assert isinstance(waiting.payment_intent, stripe.PaymentIntent)
    assert waiting.payment_intent.status == "processing"
    completed = endpoint.wait_for("checkout.session.completed")[0]
    assert completed.data.object["payment_status"] == "unpaid"
    sandbox.settle(session.id)
    arrived = endpoint.wait_for("checkout.session.async_payment_succeeded")[0]
    assert arrived.data.object["payment_status"] == "paid"
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
    endpoint.wait_for("charge.succeeded")


def test_a_bank_that_refuses_leaves_it_unpaid(
    create: Create, client: stripe.StripeClient, sandbox: Sandbox, endpoint: Endpoint
) -> None:
    session = create()
    assert sandbox.pay(session.id, method="sepa_debit")["state"] == "pending"
    sandbox.settle(session.id, outcome="fail")
    endpoint.wait_for("checkout.session.async_payment_failed")
    found = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge"]})
    assert (found.status, found.payment_status) == ("complete", "unpaid")
    assert isinstance(found.payment_intent, stripe.PaymentIntent)
    assert found.payment_intent.status == "requires_payment_method"
    assert isinstance(found.payment_intent.latest_charge, stripe.Charge)
    assert found.payment_intent.latest_charge.status == "failed"
    with pytest.raises(httpx.HTTPStatusError):
        sandbox.settle(session.id)


def test_the_bank_can_answer_by_itself_after_a_while(create: Create, sandbox: Sandbox, endpoint: Endpoint) -> None:
    sandbox.pay(create().id, method="sepa_debit", bank="succeeds")
    sandbox.pay(create().id, method="sepa_debit", bank="fails")
    sandbox.restart()
    endpoint.wait_for("checkout.session.async_payment_succeeded", seconds=15)
    endpoint.wait_for("checkout.session.async_payment_failed", seconds=15)


def test_methods_can_be_left_out(create: Create, visitor: httpx.Client) -> None:
    cards_only = create(excluded_payment_method_types=["sepa_debit"])
    assert cards_only.payment_method_types == ["card"]
    assert "SEPA" not in visitor.get(cards_only.url).text
    bank_only = create(allowed_payment_method_types=["sepa_debit"])
    assert "Card number" not in visitor.get(bank_only.url).text
    assert visitor.post(bank_only.url, data=CARD | {"method": "sepa_debit"}).status_code == 303


@pytest.mark.parametrize(
    ("currency", "method"), [("usd", "us_bank_account"), ("gbp", "bacs_debit"), ("chf", "customer_balance")]
)
def test_each_currency_has_its_delayed_method(create: Create, sandbox: Sandbox, currency: str, method: str) -> None:
    session = create(line_items=[line(currency=currency)])
    assert session.payment_method_types == ["card", method]
    assert sandbox.pay(session.id, method=method)["state"] == "pending"
