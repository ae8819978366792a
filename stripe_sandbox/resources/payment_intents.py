"""Payment intents: their shape and states, retrieve and list. A checkout session makes one when payment begins."""

from .. import events, lists, params
from ..account import Account
from ..cards import Decline
from ..ids import new_id
from ..operation import Operation
from ..store import Json

# Null in a new intent: what comes later, and what the sandbox does not model.
_BLANK = (
    "application application_fee_amount automatic_payment_methods canceled_at cancellation_reason customer "
    "customer_account last_payment_error latest_charge next_action on_behalf_of payment_method "
    "payment_method_configuration_details processing review setup_future_usage source transfer_data transfer_group"
).split()


def create(account: Account, session: Json, data: Json) -> Json:
    """The intent of a session, in the amount that the session shows at this moment."""
    intent_id = new_id("pi_3")
    shipping = data.get("shipping")
    intent = {
        **dict.fromkeys(_BLANK),
        "id": intent_id,
        "object": "payment_intent",
        "amount": session["amount_total"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "capture_method": data.get("capture_method", "automatic_async"),
        "client_secret": f"{intent_id}_secret_{new_id('', 25)}",
        "confirmation_method": "automatic",
        "created": account.now(),
        "currency": session["currency"],
        "description": data.get("description"),
        "excluded_payment_method_types": session["excluded_payment_method_types"],
        "livemode": False,
        "metadata": data.get("metadata", {}),
        "payment_method_options": {},
        "payment_method_types": session["payment_method_types"],
        "receipt_email": data.get("receipt_email"),
        "shipping": _with_blanks(shipping) if shipping else None,
        "statement_descriptor": data.get("statement_descriptor"),
        "statement_descriptor_suffix": data.get("statement_descriptor_suffix"),
        "status": "requires_payment_method",
    }
    account.store.add(intent, {"session": session["id"]})
    events.emit(account, "payment_intent.created", intent)
    return intent


def _with_blanks(shipping: Json) -> Json:
    """Where it goes, with null for what was not said."""
    address = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
    blank = dict.fromkeys(("carrier", "phone", "tracking_number"))
    return {**blank, **shipping, "address": {**address, **shipping["address"]}}


def change(account: Account, intent: Json, kind: str, **changes: object) -> Json:
    """Move the intent on, store it, and emit `payment_intent.<kind>`."""
    intent |= changes
    account.store.save(intent)
    events.emit(account, f"payment_intent.{kind}", intent)
    return intent


def fail(account: Account, intent: Json, decline: Decline, method: Json | None, charge: str | None) -> Json:
    """Back to waiting for a payment method, with Stripe's account of what went wrong."""
    error: Json = {
        "code": decline.code,
        "doc_url": f"https://stripe.com/docs/error-codes/{decline.code.replace('_', '-')}",
        "message": decline.message,
        "type": "card_error" if charge or decline.decline_code else "invalid_request_error",
    }
    if charge:
        error["charge"] = charge
    if decline.decline_code:
        error["decline_code"] = decline.decline_code
    if method:
        error["payment_method"] = method
    changes = {
        "status": "requires_payment_method",
        "last_payment_error": error,
        "next_action": None,
        "payment_method": None,
    }
    return change(account, intent, "payment_failed", **changes)


def cancel(account: Account, intent_id: str, reason: str) -> None:
    """Cancel an intent that was tried and never succeeded; any other is left alone."""
    intent = account.get("payment_intent", intent_id)
    if intent["status"] in ("requires_payment_method", "requires_action"):
        changes = {
            "status": "canceled",
            "canceled_at": account.now(),
            "cancellation_reason": reason,
            "next_action": None,
        }
        change(account, intent, "canceled", **changes)


def retrieve(account: Account, values: Json, intent: str) -> Json:
    return account.get("payment_intent", intent, param="intent")


def list_intents(account: Account, values: Json) -> Json:
    return lists.page(account, "payment_intent", "/v1/payment_intents", values, customer=values.get("customer"))


OPERATIONS = [
    Operation(
        "GET",
        "/v1/payment_intents",
        list_intents,
        {**lists.PAGING, "created": params.created(), "customer": params.text()},
    ),
    Operation("GET", "/v1/payment_intents/{intent}", retrieve, {"client_secret": params.text()}),
]
