"""Refunds: create, retrieve, list, update, cancel; and the ways they turn out later."""

from .. import events, lists, money, params, timers
from ..account import Account
from ..cards import find_card
from ..errors import StripeError, invalid
from ..ids import new_id
from ..operation import Operation
from ..store import Json
from . import balance_transactions

BANK_TAKES = 2.0  # seconds until a refund that does not end at once does
CREATE = {
    "amount": params.integer(least=1, most=money.MAXIMUM),
    "charge": params.text(),
    "metadata": params.metadata(),
    "payment_intent": params.text(),
    "reason": params.choice("duplicate", "fraudulent", "requested_by_customer"),
    "instructions_email": params.text(),
    "currency": params.unmodelled(),
    "customer": params.unmodelled(),
    "origin": params.unmodelled(),
    "refund_application_fee": params.unmodelled(),
    "reverse_transfer": params.unmodelled(),
}


def create(account: Account, values: Json) -> Json:
    """Give back all that is left of a payment, or `amount` of it.

    How it goes on depends on how it was paid: at once for most cards; Stripe's refund test cards end later; a bank
    transfer waits for the payer's bank details (`requires_action`).
    """
    charge = _charge(account, values)
    amount = values.get("amount", charge["amount"] - charge["amount_refunded"])
    _check(charge, amount, values)
    fate = _fate(account, charge)
    status = {"pending": "pending", "transfer": "requires_action"}.get(fate, "succeeded")
    refund = account.store.add(_shape(account, charge, amount, values) | {"status": status})
    kind = "refund" if charge["payment_method_details"]["type"] == "card" else "payment_refund"
    refund["balance_transaction"] = balance_transactions.record(account, kind, refund, -amount, category="refund")["id"]
    account.store.save(refund)
    _count(account, charge, amount)
    events.emit(account, "charge.refunded", charge, before={"amount_refunded": charge["amount_refunded"] - amount})
    events.emit(account, "refund.created", refund)
    if fate in ("pending", "fails"):
        timers.start(account, BANK_TAKES, f"refund_{fate}", refund["id"])
    return refund


def _charge(account: Account, values: Json) -> Json:
    """The charge that is meant, by its own id or by its payment intent's."""
    if "charge" in values:
        charge = account.get("charge", values["charge"], param="charge")
    elif "payment_intent" in values:
        intent = account.get("payment_intent", values["payment_intent"], param="payment_intent")
        if intent["status"] != "succeeded":
            message = f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund."
            raise StripeError(message, code="payment_intent_unexpected_state")
        charge = account.get("charge", intent["latest_charge"])
    else:
        raise invalid("One of the following params should be provided for this request: payment_intent or charge.")
    if values.get("payment_intent", charge["payment_intent"]) != charge["payment_intent"]:
        raise StripeError(f"Charge {charge['id']} does not belong to PaymentIntent {values['payment_intent']}.")
    return charge


def _check(charge: Json, amount: int, values: Json) -> None:
    if charge["status"] != "succeeded":
        raise StripeError(f"Charge {charge['id']} has not succeeded and cannot be refunded.", param="charge")
    if charge["disputed"]:
        message = f"Charge {charge['id']} has been charged back; cannot issue a refund."
        raise StripeError(message, code="charge_disputed")
    if charge["refunded"]:
        raise StripeError(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    left = charge["amount"] - charge["amount_refunded"]
    if amount > left:
        asked, whole = (money.display(number, charge["currency"]) for number in (amount, left))
        message = f"Refund amount ({asked}) is greater than unrefunded amount on charge ({whole})"
        raise StripeError(message, param="amount", code="amount_too_large")
    if amount % money.step(charge["currency"]):
        raise StripeError(f"Invalid amount for {charge['currency']}: {values.get('amount')}", param="amount")


def _fate(account: Account, charge: Json) -> str:
    """`pending`, `fails`, `transfer`, or empty for a refund that simply succeeds."""
    kind = charge["payment_method_details"]["type"]
    if kind != "card":
        return "transfer" if kind in ("customer_balance", "konbini") else "pending"
    return find_card(account.store.private(charge["payment_method"])["number"]).refund


def _shape(account: Account, charge: Json, amount: int, values: Json) -> Json:
    kind = charge["payment_method_details"]["type"]
    card = {"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"}
    return {
        "id": new_id("re_3" if kind == "card" else "pyr_1"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": account.now(),
        "currency": charge["currency"],
        "destination_details": {"type": kind, kind: card if kind == "card" else {}},
        "metadata": values.get("metadata", {}),
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "reason": values.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "transfer_reversal": None,
    }


def _count(account: Account, charge: Json, amount: int) -> None:
    """Add to what of the charge is refunded; a negative amount takes back."""
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    account.store.save(charge)


def succeed(account: Account, refund_id: str) -> None:
    """A pending refund arrived; any other is left alone."""
    refund = account.get("refund", refund_id)
    if refund["status"] == "pending":
        account.store.save(refund | {"status": "succeeded"})
        refund["status"] = "succeeded"
        events.emit(account, "refund.updated", refund, before={"status": "pending"})


def fail(account: Account, refund_id: str) -> Json:
    """The payer's bank sent the money back: it is on the account's balance again, and nothing is refunded.

    Raises a 400 for a refund that already failed or was canceled.
    """
    refund = account.get("refund", refund_id)
    if refund["status"] in ("failed", "canceled"):
        raise StripeError(f"This refund has a status of {refund['status']}.")
    before = {"status": refund["status"]}
    _take_back(account, refund, "failed", "expired_or_canceled_card")
    events.emit(account, "refund.updated", refund, before=before)
    events.emit(account, "refund.failed", refund)
    return refund


def _take_back(account: Account, refund: Json, status: str, reason: str | None) -> None:
    kind = "refund_failure" if refund["id"].startswith("re_") else "payment_failure_refund"
    back = balance_transactions.record(account, kind, refund, refund["amount"], category="refund_failure")
    refund |= {"status": status, "failure_balance_transaction": back["id"]}
    if reason:
        refund["failure_reason"] = reason
    account.store.save(refund)
    _count(account, account.get("charge", refund["charge"]), -refund["amount"])


def retrieve(account: Account, values: Json, refund: str) -> Json:
    return account.get("refund", refund, param="refund")


def update(account: Account, values: Json, refund: str) -> Json:
    found = retrieve(account, {}, refund)
    if "metadata" in values:
        before = {"metadata": found["metadata"]}
        found["metadata"] = params.merged(found["metadata"], values["metadata"])
        account.store.save(found)
        events.emit(account, "refund.updated", found, before=before)
    return found


def cancel(account: Account, values: Json, refund: str) -> Json:
    """Withdraw a refund that waits for the payer; Stripe cancels no other."""
    found = retrieve(account, {}, refund)
    if found["status"] != "requires_action":
        message = f"You cannot cancel this refund because it has a status of {found['status']}."
        raise StripeError(f"{message} Only a refund with a status of requires_action may be canceled.")
    _take_back(account, found, "canceled", None)
    events.emit(account, "refund.updated", found, before={"status": "requires_action"})
    return found


def list_refunds(account: Account, values: Json) -> Json:
    filters = {name: values.get(name) for name in ("charge", "payment_intent")}
    return lists.page(account, "refund", "/v1/refunds", values, **filters)


LIST = {**lists.PAGING, "charge": params.text(), "payment_intent": params.text(), "created": params.created()}
OPERATIONS = [
    Operation("POST", "/v1/refunds", create, CREATE),
    Operation("GET", "/v1/refunds", list_refunds, LIST),
    Operation("GET", "/v1/refunds/{refund}", retrieve, {}),
    Operation("POST", "/v1/refunds/{refund}", update, {"metadata": params.metadata()}),
    Operation("POST", "/v1/refunds/{refund}/cancel", cancel, {}),
]
