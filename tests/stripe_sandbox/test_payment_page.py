"""The hosted page, used as a browser without JavaScript uses it."""

import re
from typing import Any

import httpx
import pytest
import stripe

from .conftest import CARD, Create, line
from .endpoint import Endpoint
from .process import Sandbox


def test_the_page_shows_what_is_bought_and_what_it_costs(create: Create, visitor: httpx.Client) -> None:
    page = visitor.get(create(line_items=[line(), line(990, 1, name="Cava <b>")], customer_email="ada@example.com").url)
    assert page.status_code == 200
    for words in (
        "Rioja Reserva",
        "Qty 2",
        "€25.00",
        "Cava &lt;b&gt;",
        "€9.90",
        "Pay €34.90",
        'value="ada@example.com"',
    ):
        assert words in page.text
    assert re.search(r'<a class="back"[^>]* href="http://shop.example/canceled/">', page.text)


def test_the_page_has_no_script_and_a_strict_policy_that_lets_the_payer_back(
    create: Create, visitor: httpx.Client
) -> None:
    page = visitor.get(create().url)
    policy = page.headers["Content-Security-Policy"]
    assert "<script" not in page.text
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "form-action 'self' http://shop.example" in policy


def test_a_good_card_pays_and_leads_back_with_the_session_id(
    create: Create, visitor: httpx.Client, client: stripe.StripeClient
) -> None:
    session = create()
    answer = visitor.post(session.url, data=CARD)
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"http://shop.example/completed/?session_id={session.id}"
    paid = client.v1.checkout.sessions.retrieve(session.id)
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    assert paid.customer_details is not None
    assert (paid.customer_details.email, paid.customer_details.name) == ("ada@example.com", "Ada Lovelace")


@pytest.mark.parametrize(
    ("number", "code", "decline_code", "words"),
    [
        ("4000 0000 0000 0002", "card_declined", "generic_decline", "Your card was declined."),
        ("4000 0000 0000 9995", "card_declined", "insufficient_funds", "Your card has insufficient funds."),
        ("4000 0000 0000 0069", "expired_card", "expired_card", "Your card has expired."),
        ("4000 0000 0000 0127", "incorrect_cvc", "incorrect_cvc", "Your card&#39;s security code is incorrect."),
    ],
)
def test_a_declined_card_says_why_and_another_one_pays(
    create: Create,
    visitor: httpx.Client,
    client: stripe.StripeClient,
    number: str,
    code: str,
    decline_code: str,
    words: str,
) -> None:
    session = create()
    refused = visitor.post(session.url, data=CARD | {"card_number": number})
    assert refused.status_code == 200
    assert words in refused.text
    tried = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge"]})
    assert (tried.status, tried.payment_status) == ("open", "unpaid")
    intent = tried.payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    assert intent.status == "requires_payment_method"
    assert intent.last_payment_error is not None
    assert (intent.last_payment_error.code, intent.last_payment_error.decline_code) == (code, decline_code)
    assert isinstance(intent.latest_charge, stripe.Charge)
    assert (intent.latest_charge.status, intent.latest_charge.failure_code) == ("failed", code)
    assert visitor.post(session.url, data=CARD).status_code == 303
    paid = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert isinstance(paid.payment_intent, stripe.PaymentIntent)
    assert (paid.payment_intent.id, paid.payment_intent.status) == (intent.id, "succeeded")
    assert paid.payment_intent.last_payment_error is None


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"card_number": "4242 4242 4242 4241"}, "Your card number is invalid."),
        ({"card_number": "4242"}, "Your card number is incomplete."),
        ({"card_number": "4111 1111 1111 1111"}, "used a non test card"),
        ({"expiry": "12 / 20"}, "Your card&#39;s expiration date is in the past."),
        ({"expiry": "soon"}, "Your card&#39;s expiration date is incomplete."),
        ({"cvc": "1"}, "Your card&#39;s security code is incomplete."),
        ({"email": "nobody"}, "Your email is invalid."),
        ({"name": ""}, "Name: required"),
    ],
)
def test_what_is_typed_wrong_is_named_and_the_rest_is_kept(
    create: Create, visitor: httpx.Client, sandbox: Sandbox, typed: dict[str, str], words: str
) -> None:
    page = visitor.post(create().url, data=CARD | typed)
    assert page.status_code == 200
    assert words in page.text
    assert 'aria-invalid="true"' in page.text
    assert 'role="alert"' in page.text
    assert "Ada Lovelace" in page.text or typed.get("name") == ""
    assert sandbox.sessions()[0]["payment_intent"] is None


def test_a_number_that_is_no_test_card_is_neither_shown_again_nor_kept(
    create: Create, visitor: httpx.Client, sandbox: Sandbox
) -> None:
    number = "4111111111111111"
    session = create()
    assert number not in visitor.post(session.url, data=CARD | {"card_number": number}).text
    assert sandbox.pay(session.id, card=number)["decline"]["code"] == "card_declined"
    files = sandbox.data.parent.glob(sandbox.data.name + "*")
    assert not any(number.encode() in file.read_bytes() for file in files)


def test_paying_twice_charges_once_and_leads_back_both_times(
    create: Create, visitor: httpx.Client, client: stripe.StripeClient
) -> None:
    session = create()
    answers = [visitor.post(session.url, data=CARD) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert len(client.v1.charges.list({}).data) == 1


def test_a_complete_and_an_expired_session_say_so(
    create: Create, visitor: httpx.Client, sandbox: Sandbox, client: stripe.StripeClient
) -> None:
    paid, late = create(), create()
    sandbox.pay(paid.id)
    sandbox.expire(late.id)
    assert "This payment is complete" in visitor.get(paid.url).text
    assert "This payment page has expired" in visitor.get(late.url).text
    assert "has expired" in visitor.post(late.url, data=CARD).text
    assert client.v1.checkout.sessions.retrieve(late.id).payment_status == "unpaid"
    assert visitor.get(f"{sandbox.url}/c/pay/cs_test_none").status_code == 404


def test_another_shipping_option_is_charged_only_after_its_total_was_shown(
    create: Create, visitor: httpx.Client, client: stripe.StripeClient
) -> None:
    def option(name: str, amount: int) -> dict[str, Any]:
        return {"shipping_rate_data": {"display_name": name, "fixed_amount": {"amount": amount, "currency": "eur"}}}

    session = create(shipping_options=[option("Standard", 490), option("Express", 990)])
    express = str(session.shipping_options[1].shipping_rate)
    page = visitor.post(session.url, data=CARD | {"shipping": express, "shown_total": "2990"})
    assert page.status_code == 200
    assert "The total has changed" in page.text
    assert "Pay €34.90" in page.text
    assert visitor.post(session.url, data=CARD | {"shipping": express, "shown_total": "3490"}).status_code == 303
    paid = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert isinstance(paid.payment_intent, stripe.PaymentIntent)
    assert paid.amount_total == paid.payment_intent.amount == 3490


def test_the_redirect_waits_for_the_endpoints_answer(create: Create, visitor: httpx.Client, endpoint: Endpoint) -> None:
    endpoint.delay = 0.5
    visitor.post(create().url, data=CARD)
    assert "checkout.session.completed" in endpoint.types


def test_a_payment_leaves_a_receipt(create: Create, visitor: httpx.Client, client: stripe.StripeClient) -> None:
    visitor.post(create().url, data=CARD)
    charge = client.v1.charges.list({}).data[0]
    assert charge.receipt_url is not None
    assert "Receipt for €25.00" in visitor.get(charge.receipt_url).text
