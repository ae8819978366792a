"""What `stripe trigger checkout.session.completed` calls: the payment page as an API, unpublished by Stripe."""

from .. import cards, params, payments
from ..account import Account
from ..errors import StripeError
from ..operation import Operation
from ..store import Json
from . import checkout_sessions
from .payment_methods import Payer

CONFIRM = {"payment_method": params.text(required=True), "expected_amount": params.integer(required=True)}


def show(account: Account, values: Json, session: str) -> Json:
    return checkout_sessions.retrieve(account, {}, session)


def confirm(account: Account, values: Json, session: str) -> Json:
    """Pay the session by a payment method made through the API."""
    found = checkout_sessions.retrieve(account, {}, session)
    if values["expected_amount"] != found["amount_total"]:
        raise StripeError("The expected amount is not the session's amount.", param="expected_amount")
    method = account.get("payment_method", values["payment_method"], param="payment_method")
    details = method["billing_details"]
    payer = Payer(details["email"] or "payer@example.com", details["name"] or "Test Payer")
    card = cards.find_card(account.store.private(method["id"])["number"])
    result = payments.pay_by_card(account, found, payer, card, method["card"]["exp_month"], method["card"]["exp_year"])
    if result.decline:
        decline = result.decline
        raise StripeError(decline.message, status=402, kind="card_error", code=decline.code, param=decline.field)
    return checkout_sessions.retrieve(account, {}, session)


OPERATIONS = [
    Operation("GET", "/v1/payment_pages/{session}", show, {}),
    Operation("POST", "/v1/payment_pages/{session}/confirm", confirm, CONFIRM),
]
