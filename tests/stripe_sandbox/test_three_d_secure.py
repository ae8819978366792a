"""3-D Secure: a page between the payment page and the shop."""

from typing import Any

import httpx
import stripe

from .conftest import CARD, Create
from .endpoint import Endpoint
from .process import NEEDS_3DS, Sandbox

SECURED = CARD | {"card_number": NEEDS_3DS}


def intent_of(client: stripe.StripeClient, session_id: str) -> stripe.PaymentIntent:
    intent = client.v1.checkout.sessions.retrieve(session_id, {"expand": ["payment_intent"]}).payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    return intent


def challenged(visitor: httpx.Client, session: Any) -> str:
    """Where the payer is sent after a card that asks for 3-D Secure."""
    answer = visitor.post(session.url, data=SECURED)
    assert answer.status_code == 303
    return str(answer.url.join(answer.headers["Location"]))


def test_completing_it_pays(
    create: Create, visitor: httpx.Client, client: stripe.StripeClient, endpoint: Endpoint
) -> None:
    session = create()
    challenge = challenged(visitor, session)
    intent = intent_of(client, session.id)
    assert intent.status == "requires_action"
    assert intent.next_action is not None
    assert intent.next_action.redirect_to_url is not None
    assert intent.next_action.redirect_to_url.url == challenge
    assert "Complete authentication" in visitor.get(challenge).text
    answer = visitor.post(challenge, data={"answer": "complete"})
    assert (answer.status_code, answer.headers["Location"].startswith("http://shop.example/completed/")) == (303, True)
    endpoint.wait_for("checkout.session.completed")
    charge = client.v1.charges.list({"payment_intent": intent.id}).data[0]
    assert charge.payment_method_details is not None
    assert charge.payment_method_details.card is not None
    assert charge.payment_method_details.card.three_d_secure is not None
    assert charge.payment_method_details.card.three_d_secure.result == "authenticated"


def test_failing_it_leads_back_to_the_payment_page(
    create: Create, visitor: httpx.Client, client: stripe.StripeClient, endpoint: Endpoint
) -> None:
    session = create()
    challenge = challenged(visitor, session)
    page = visitor.post(challenge, data={"answer": "fail"})
    assert "We are unable to authenticate your payment method." in page.text
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"
    error = intent_of(client, session.id).last_payment_error
    assert error is not None
    assert error.code == "payment_intent_authentication_failure"
    endpoint.wait_for("payment_intent.payment_failed")
    assert visitor.post(session.url, data=CARD).status_code == 303


def test_a_second_answer_changes_nothing(create: Create, visitor: httpx.Client, client: stripe.StripeClient) -> None:
    session = create()
    challenge = challenged(visitor, session)
    for _ in range(2):
        assert visitor.post(challenge, data={"answer": "complete"}).status_code == 303
    assert len(client.v1.charges.list({}).data) == 1


def test_a_test_can_answer_without_the_page(create: Create, sandbox: Sandbox) -> None:
    assert sandbox.pay(create().id, card=NEEDS_3DS)["state"] == "requires_action"
    assert sandbox.pay(create().id, card=NEEDS_3DS, authenticate=True)["state"] == "paid"
    assert sandbox.pay(create().id, card=NEEDS_3DS, authenticate=False)["state"] == "declined"
