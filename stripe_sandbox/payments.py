"""The way of a payment: from a card or a bank on the payment page to a session that is complete.

Every function works inside the caller's transaction and emits the events Stripe emits, in Stripe's order.
"""

from dataclasses import dataclass

from . import events, timers
from .account import Account
from .cards import CARDS, Card, Decline
from .errors import StripeError
from .resources import charges, coupons, disputes, payment_intents, payment_methods, session_shape, shipping_rates
from .resources.payment_methods import Payer
from .store import Json

NOT_AUTHENTICATED = Decline(
    "payment_intent_authentication_failure",
    "We are unable to authenticate your payment method. Please choose a different payment method and try again.",
)
BANK_TAKES = 5.0  # seconds until a bank that answers by itself does
RETURNED = Decline("payment_method_provider_decline", "The bank returned the payment.", "debit_not_authorized")


@dataclass(frozen=True)
class Result:
    """What an attempt came to: `paid`, `pending`, `declined` (see `decline`) or `requires_action` (see `intent`)."""

    state: str
    decline: Decline | None = None
    intent: str = ""


def choose_shipping(account: Account, session: Json, rate: str) -> Json:
    """Take another of the session's shipping options; the total follows."""
    option = next((option for option in session["shipping_options"] if option["shipping_rate"] == rate), None)
    if option is None:
        return session
    former = session["shipping_cost"]["amount_total"]
    session["shipping_cost"] = shipping_rates.cost(option)
    session["amount_total"] += option["shipping_amount"] - former
    session["total_details"]["amount_shipping"] = option["shipping_amount"]
    return account.store.save(session)


def pay_by_card(account: Account, session: Json, payer: Payer, card: Card, month: int, year: int) -> Result:
    """Charge the card, or ask for 3-D Secure first."""
    _must_be_open(session)
    method = payment_methods.create(account, payer, "card", payment_methods.card_details(card, month, year))
    account.store.save_private(method["id"], number=card.number if card.number in CARDS else "")
    intent = _intent(account, session)
    if card.asks_3ds:
        url = f"{account.config.public_url}/c/3ds/{intent['id']}"
        action = {"type": "redirect_to_url", "redirect_to_url": {"return_url": session["success_url"], "url": url}}
        changes = {"status": "requires_action", "payment_method": method["id"], "next_action": action}
        payment_intents.change(account, intent, "requires_action", **changes, last_payment_error=None)
        return Result("requires_action", intent=intent["id"])
    return _charge(account, session, intent, method, card)


def authenticate(account: Account, session: Json, intent: Json, card: Card, *, passed: bool) -> Result:
    """The answer to 3-D Secure; a second answer finds nothing to do."""
    _must_be_open(session)
    if intent["status"] != "requires_action":
        raise StripeError("This payment is not waiting for authentication.")
    method = account.get("payment_method", intent["payment_method"])
    if not passed:
        payment_intents.fail(account, intent, NOT_AUTHENTICATED, method, None)
        return Result("declined", NOT_AUTHENTICATED)
    return _charge(account, session, intent | {"next_action": None}, method, card, authenticated=True)


def pay_later(account: Account, session: Json, payer: Payer, kind: str, bank: str = "") -> Result:
    """Begin a bank payment whose money arrives, or does not, at `settle`.

    `bank` says who settles: "succeeds" and "fails" do so by themselves after BANK_TAKES seconds.
    """
    _must_be_open(session)
    method = payment_methods.create(account, payer, kind, payment_methods.BANKS[kind])
    intent = _intent(account, session)
    charge = charges.create(account, intent, method, "pending")
    changes = {"status": "processing", "payment_method": method["id"], "latest_charge": charge["id"]}
    payment_intents.change(account, intent, "processing", **changes, last_payment_error=None)
    _complete(account, session, payer, "unpaid")
    if bank in ("succeeds", "fails"):
        timers.start(account, BANK_TAKES, f"bank_{bank}", session["id"])
    return Result("pending", intent=intent["id"])


def settle(account: Account, session: Json, *, succeed: bool) -> Json:
    """The bank's answer to a pending payment; raises a 400 when none is pending."""
    intent = account.get("payment_intent", session["payment_intent"] or "")
    if intent["status"] != "processing":
        raise StripeError(f"Nothing to settle: the payment has a status of {intent['status']}.")
    charge = account.get("charge", intent["latest_charge"])
    if succeed:
        charge |= {"status": "succeeded", "paid": True, "outcome": charges.outcome("succeeded", None)}
        account.store.save(charge)
        events.emit(account, "charge.succeeded", charge)
        _succeed(account, intent, charge)
        session["payment_status"] = "paid"
        account.store.save(session)
        events.emit(account, "checkout.session.async_payment_succeeded", session)
        charges.book(account, charge)
    else:
        charge |= {"status": "failed", "failure_code": RETURNED.code, "failure_message": RETURNED.message}
        charge |= {"captured": False, "amount_captured": 0, "outcome": charges.outcome("failed", RETURNED)}
        account.store.save(charge)
        events.emit(account, "charge.failed", charge)
        method = account.get("payment_method", intent["payment_method"])
        payment_intents.fail(account, intent, RETURNED, method, charge["id"])
        events.emit(account, "checkout.session.async_payment_failed", session)
    return session


def pay_nothing(account: Account, session: Json, payer: Payer) -> Result:
    """Complete a session whose total is zero: no intent, no charge."""
    _must_be_open(session)
    _complete(account, session, payer, "no_payment_required")
    return Result("paid")


def _must_be_open(session: Json) -> None:
    if session["status"] != "open":
        raise StripeError(f"This Checkout Session has a status of {session['status']}.")


def _intent(account: Account, session: Json) -> Json:
    """The session's intent, made at the first attempt, in the session's amount of this moment."""
    fault = account.faults.take("payment", session["id"])
    if fault:
        fault.distort(session)
        account.store.save(session)
    if session["payment_intent"]:
        intent = account.get("payment_intent", session["payment_intent"])
        return intent | {"amount": session["amount_total"], "currency": session["currency"]}
    data = account.store.private(session["id"])["payment_intent_data"]
    intent = payment_intents.create(account, session, data)
    session["payment_intent"] = intent["id"]
    account.store.save(session)
    return intent


def _charge(account: Account, session: Json, intent: Json, method: Json, card: Card,
            *, authenticated: bool | None = None) -> Result:  # fmt: skip
    if card.decline:
        charge = charges.create(account, intent, method, "failed", decline=card.decline, authenticated=authenticated)
        intent["latest_charge"] = charge["id"]
        payment_intents.fail(account, intent, card.decline, method, charge["id"])
        return Result("declined", card.decline)
    intent["payment_method"] = method["id"]
    charge = charges.create(account, intent, method, "succeeded", authenticated=authenticated)
    _succeed(account, intent, charge)
    details = method["billing_details"]
    payer = Payer(details["email"], details["name"], details["address"]["country"])
    _complete(account, session, payer, "paid")
    charges.book(account, charge)
    if card.dispute:
        disputes.open_dispute(account, charge, card.dispute)
    return Result("paid", intent=intent["id"])


def _succeed(account: Account, intent: Json, charge: Json) -> None:
    changes = {"status": "succeeded", "amount_received": intent["amount"], "latest_charge": charge["id"]}
    payment_intents.change(account, intent, "succeeded", **changes, last_payment_error=None, next_action=None)


def _complete(account: Account, session: Json, payer: Payer, payment_status: str) -> None:
    details = session_shape.details(payer.email, payer.name, payer.country)
    session |= {"status": "complete", "payment_status": payment_status, "customer_details": details, "url": None}
    account.store.save(session)
    for discount in session["discounts"]:
        coupons.redeem(account, discount["coupon"])
    events.emit(account, "checkout.session.completed", session)
