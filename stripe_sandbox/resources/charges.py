"""Charges: one attempt to take money for an intent; retrieve and list."""

from .. import events, lists, params
from ..account import Account
from ..cards import Decline
from ..ids import new_id
from ..operation import Operation
from ..store import Json
from . import balance_transactions, payment_methods

# Null in a new charge: what comes later, and what the sandbox does not model.
_BLANK = (
    "application application_fee application_fee_amount balance_transaction customer failure_balance_transaction "
    "on_behalf_of presentment_details receipt_number review source source_transfer transfer_data transfer_group"
).split()


def create(account: Account, intent: Json, method: Json, status: str, *, decline: Decline | None = None,
           authenticated: bool | None = None) -> Json:  # fmt: skip
    """A charge that succeeded, failed or is pending, without its balance transaction yet."""
    paid = status == "succeeded"
    charge_id = new_id("ch_3" if method["type"] == "card" else "py_3")
    charge = {
        **dict.fromkeys(_BLANK),
        "id": charge_id,
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": intent["amount"] if status != "failed" else 0,
        "amount_refunded": 0,
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": intent["statement_descriptor"] or "STRIPE SANDBOX",
        "captured": status != "failed",
        "created": account.now(),
        "currency": intent["currency"],
        "description": intent["description"],
        "disputed": False,
        "failure_code": decline.code if decline else None,
        "failure_message": decline.message if decline else None,
        "fraud_details": {},
        "livemode": False,
        "metadata": intent["metadata"],
        "outcome": outcome(status, decline),
        "paid": paid,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": payment_methods.charged_with(method, intent["amount"], authenticated),
        "radar_options": {},
        "receipt_email": intent["receipt_email"],
        "receipt_url": f"{account.config.public_url}/receipts/{charge_id}" if paid else None,
        "refunded": False,
        "shipping": intent["shipping"],
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": status,
    }
    account.store.add(charge)
    events.emit(account, f"charge.{status}", charge)
    return charge


def outcome(status: str, decline: Decline | None) -> Json:
    """What the network and the risk check said."""
    refused = decline is not None
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "declined_by_network" if refused else "approved_by_network",
        "reason": decline.decline_code or decline.code if decline else None,
        "risk_level": "normal",
        "risk_score": 12,
        "seller_message": "The bank did not return any further details with this decline."
        if refused
        else "Payment complete.",
        "type": "issuer_declined" if refused else "authorized",
    }


def book(account: Account, charge: Json) -> Json:
    """Put the charge on the balance a moment after it succeeded, as Stripe does, with a `charge.updated`."""
    fee = balance_transactions.charge_fee(charge["amount"], charge["currency"])
    kind = "charge" if charge["payment_method_details"]["type"] == "card" else "payment"
    transaction = balance_transactions.record(account, kind, charge, charge["amount"], fee=fee, category="charge")
    charge["balance_transaction"] = transaction["id"]
    account.store.save(charge)
    events.emit(account, "charge.updated", charge, before={"balance_transaction": None})
    return charge


def retrieve(account: Account, values: Json, charge: str) -> Json:
    return account.get("charge", charge, param="id")


def list_charges(account: Account, values: Json) -> Json:
    filters = {name: values.get(name) for name in ("payment_intent", "customer", "transfer_group")}
    return lists.page(account, "charge", "/v1/charges", values, **filters)


LIST = {
    **lists.PAGING,
    "created": params.created(),
    "customer": params.text(),
    "payment_intent": params.text(),
    "transfer_group": params.text(),
}
OPERATIONS = [
    Operation("GET", "/v1/charges", list_charges, LIST),
    Operation("GET", "/v1/charges/{charge}", retrieve, {}),
]
