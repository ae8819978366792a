"""Disputes: a payer's bank takes the money back; retrieve, list, send evidence, give up."""

from .. import events, lists, params
from ..account import Account
from ..errors import StripeError
from ..ids import new_id
from ..operation import Operation
from ..store import Json
from . import balance_transactions

DAYS_TO_ANSWER = 9 * 24 * 60 * 60
NETWORK_REASONS = {"fraudulent": "10.4", "product_not_received": "13.1"}
# Stripe's own test words: https://docs.stripe.com/testing#evidence
WINNING, LOSING = "winning_evidence", "losing_evidence"
EVIDENCE = (
    "access_activity_log billing_address cancellation_policy cancellation_policy_disclosure "
    "cancellation_rebuttal customer_communication customer_email_address customer_name "
    "customer_purchase_ip customer_signature duplicate_charge_documentation duplicate_charge_explanation "
    "duplicate_charge_id product_description receipt refund_policy refund_policy_disclosure "
    "refund_refusal_explanation service_date service_documentation shipping_address shipping_carrier "
    "shipping_date shipping_documentation shipping_tracking_number uncategorized_file uncategorized_text"
).split()
_TEXT = params.text(longest=20_000, may_be_empty=True)
UPDATE = {
    "evidence": params.nested({**dict.fromkeys(EVIDENCE, _TEXT), "enhanced_evidence": params.unmodelled()}),
    "metadata": params.metadata(),
    "submit": params.flag(),
    "intended_submission_method": params.unmodelled(),
}


def open_dispute(account: Account, charge: Json, reason: str) -> Json:
    """The payer disputes the whole charge: the money and a fee leave the balance at once."""
    dispute = account.store.add(_shape(account, charge, reason))
    fee = balance_transactions.dispute_fee(charge["currency"])
    withdrawal = balance_transactions.record(
        account, "adjustment", dispute, -charge["amount"], fee=fee, category="dispute"
    )
    charge["disputed"] = True
    account.store.save(charge)
    events.emit(account, "charge.dispute.created", dispute)
    dispute["balance_transactions"].append(withdrawal)
    account.store.save(dispute)
    events.emit(account, "charge.dispute.funds_withdrawn", dispute)
    return dispute


def _shape(account: Account, charge: Json, reason: str) -> Json:
    now = account.now()
    card = {
        "brand": charge["payment_method_details"]["card"]["brand"],
        "case_type": "chargeback",
        "network": charge["payment_method_details"]["card"]["network"],
        "network_reason_code": NETWORK_REASONS.get(reason),
    }
    return {
        "id": new_id("du_1"),
        "object": "dispute",
        "amount": charge["amount"],
        "balance_transactions": [],
        "charge": charge["id"],
        "created": now,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys(EVIDENCE), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": now + DAYS_TO_ANSWER,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "network_reason_code": NETWORK_REASONS.get(reason),
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {"card": card, "type": "card"},
        "reason": reason,
        "status": "needs_response",
    }


def update(account: Account, values: Json, dispute: str) -> Json:
    """Stage evidence, or with `submit` (Stripe's default) send it; Stripe's test words then decide the case."""
    found = retrieve(account, {}, dispute)
    evidence = values.get("evidence", {})
    if evidence and found["status"] != "needs_response":
        raise StripeError(f"This dispute is already {found['status']}; its evidence can no longer be changed.")
    if "metadata" in values:
        found["metadata"] = params.merged(found["metadata"], values["metadata"])
    found["evidence"] |= {name: value or None for name, value in evidence.items()}
    found["evidence_details"]["has_evidence"] = any(found["evidence"][name] for name in EVIDENCE)
    sent = bool(evidence) and values.get("submit", True)
    if sent:
        found["status"] = "under_review"
        found["evidence_details"] |= {"submission_count": 1, "submission_method": "manual"}
    account.store.save(found)
    events.emit(account, "charge.dispute.updated", found)
    verdict = found["evidence"]["uncategorized_text"]
    if sent and verdict in (WINNING, LOSING):
        return decide(account, found, won=verdict == WINNING)
    return found


def decide(account: Account, dispute: Json, *, won: bool) -> Json:
    """The bank's verdict; a won dispute brings the money back. A closed one stays as it is (400)."""
    if dispute["status"] in ("won", "lost"):
        raise StripeError("This dispute is already closed", code="dispute_already_closed")
    dispute["status"] = "won" if won else "lost"
    if won:
        amount = dispute["amount"]
        back = balance_transactions.record(account, "adjustment", dispute, amount, category="dispute_reversal")
        dispute["balance_transactions"].append(back)
    account.store.save(dispute)
    events.emit(account, "charge.dispute.closed", dispute)
    if won:
        events.emit(account, "charge.dispute.funds_reinstated", dispute)
    return dispute


def retrieve(account: Account, values: Json, dispute: str) -> Json:
    return account.get("dispute", dispute, param="dispute")


def give_up(account: Account, values: Json, dispute: str) -> Json:
    return decide(account, retrieve(account, {}, dispute), won=False)


def list_disputes(account: Account, values: Json) -> Json:
    filters = {name: values.get(name) for name in ("charge", "payment_intent")}
    return lists.page(account, "dispute", "/v1/disputes", values, **filters)


LIST = {**lists.PAGING, "charge": params.text(), "payment_intent": params.text(), "created": params.created()}
OPERATIONS = [
    Operation("GET", "/v1/disputes", list_disputes, LIST),
    Operation("GET", "/v1/disputes/{dispute}", retrieve, {}),
    Operation("POST", "/v1/disputes/{dispute}", update, UPDATE),
    Operation("POST", "/v1/disputes/{dispute}/close", give_up, {}),
]
