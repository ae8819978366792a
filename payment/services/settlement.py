"""The one way from a checkout session to its order: settle makes the order agree with what Stripe says."""

from django.conf import settings
from django.utils import timezone

from background.inserting import insert_new
from orders import services as orders, transitions
from orders.models import Order
from orders.sentences import sentence
from payment import gateway
from payment.models import CheckoutAttempt, Payment
from shop.money import from_minor, plain_money, to_minor
from shop.stock import OutOfStock

from .agreement import agree
from .refunds import request_refund

State = CheckoutAttempt.State
Status = Order.Status

TWICE, SOLD_OUT = sentence("paid twice"), sentence("paid after the order had ended, and sold out since")
SENT_BACK = sentence("Refunded %(payment)s: %(why)s.")
WRONG_MODE = sentence("Paid in the wrong mode (live or test).")
WRONG_AMOUNT = sentence("Paid %(paid)s instead of %(total)s.")
TAKES_TIME, FAILED = sentence("the payment method takes its time"), sentence("the payment failed")
TOO_LATE = sentence("A payment is on its way for an order that had ended, and is sold out since.")


def settle(
    attempt: CheckoutAttempt,
    *,
    ended_as: Status = Status.EXPIRED,
    actor: str = "Stripe",
    reason: str = "",
    patient: bool = False,
) -> Order:
    """Make the order agree with what Stripe says of this attempt's session; the order as it then is.

    Any number of callers, in any order and at once, have one result. `ended_as`, `actor` and `reason` tell what an
    order becomes whose session ended unpaid. Raises gateway.Unavailable, gateway.Refused, and SettleConflict.
    """

    def apply(order: Order, session: gateway.Session) -> None:
        _note_state(attempt, session)
        if session.is_paid:
            _take_payment(order, session)
        elif session.status == "expired" or session.has_failed:
            _end(order, ended_as, actor=actor, reason=reason, failed=session.has_failed)
        elif session.status == "complete":
            _wait_for_money(order)

    def ask() -> gateway.Session:
        try:
            return gateway.retrieve_session(attempt.session_id or "", patient=patient)
        except (gateway.Unavailable, gateway.Refused):
            CheckoutAttempt.objects.filter(pk=attempt.pk).update(checked_at=timezone.now())  # the sweep waits again
            raise

    return agree(attempt.order_id, ask, apply)


def _note_state(attempt: CheckoutAttempt, session: gateway.Session) -> None:
    noted = CheckoutAttempt.objects.filter(pk=attempt.pk)
    if session.status == "open":  # a dead one stays dead: another attempt may be live by now
        noted.filter(state=State.NEW).update(state=State.OPEN)
        noted.update(checked_at=timezone.now())
    else:
        state = State.COMPLETE if session.status == "complete" else State.EXPIRED
        noted.update(state=state, checked_at=timezone.now())


def _take_payment(order: Order, session: gateway.Session) -> None:
    """Keep the money in a Payment row, and make the order paid; or say why not, and send the money back."""
    if not session.payment_intent:  # nothing was to pay
        orders.mark_paid(order, actor="Stripe")
        return
    payment = Payment(
        order=order,
        payment_intent=session.payment_intent,
        session_id=session.id,
        amount=from_minor(session.amount, session.currency),
        currency=session.currency,
        livemode=session.livemode,
        captured_at=timezone.now(),
    )
    if not insert_new(payment):
        return  # what it means was decided together with its row, and staff may have decided otherwise since
    reason = f"{plain_money(payment.amount, payment.currency)} {payment}"
    transitions.note(order, "payment", actor="Stripe", reason=reason)
    if order.payments.exclude(pk=payment.pk).exists():
        _send_back(order, payment, TWICE)
        return
    wrong = _mismatch(order, session)
    try:
        if wrong:
            orders.mark_processing(order, actor="Stripe", attention=wrong)
        else:
            orders.mark_paid(order, actor="Stripe")
    except OutOfStock:
        _send_back(order, payment, SOLD_OUT)


def _send_back(order: Order, payment: Payment, why: str) -> None:
    """Refund a payment in full, once, and let staff know."""
    if not payment.refunds.exists():
        request_refund(order, payment, payment.amount, reason=why, actor="shop")
        transitions.note(order, "attention", actor="shop", attention=SENT_BACK % {"payment": payment, "why": why})


def _mismatch(order: Order, session: gateway.Session) -> str:
    """Why this money is not what the order asked for; empty when it is."""
    if session.livemode != settings.STRIPE_LIVEMODE:
        return WRONG_MODE
    total = to_minor(order.total, order.currency)
    if (session.amount, session.currency) != (total, order.currency):
        paid = plain_money(from_minor(session.amount, session.currency), session.currency)
        return WRONG_AMOUNT % {"paid": paid, "total": plain_money(order.total, order.currency)}
    return ""


def _wait_for_money(order: Order) -> None:
    """A delayed method: the order keeps its stock until the money comes or does not. A second payment goes back."""
    if order.payments.exists():
        return
    try:
        orders.mark_processing(order, actor="Stripe", reason=TAKES_TIME)
    except OutOfStock:
        if TOO_LATE not in order.attention:
            transitions.note(order, "attention", actor="Stripe", attention=TOO_LATE)


def _end(order: Order, into: Status, *, actor: str, reason: str, failed: bool) -> None:
    """End an unpaid order, unless another attempt of it may still bring money."""
    if order.checkout_attempts.live().exists() or order.payments.exists():
        return
    reason = reason or (FAILED if failed else "")
    orders.end(order, into, actor=actor, reason=reason, failed=failed)


def settle_session(session_id: str) -> Order | None:
    """Settle the attempt that this session belongs to; None where it is not ours.

    A session that the shop never heard of, since the answer to its creation was lost, is known by its metadata.
    """
    attempt = CheckoutAttempt.objects.filter(session_id=session_id).first() or _adopt(session_id)
    return settle(attempt, patient=True) if attempt else None


def _adopt(session_id: str) -> CheckoutAttempt | None:
    try:
        session = gateway.retrieve_session(session_id, patient=True)
    except gateway.Refused:  # no such session with this key
        return None
    key = session.metadata.get("attempt", "")
    CheckoutAttempt.objects.filter(idempotency_key=key, session_id=None).update(session_id=session.id, url=session.url)
    return CheckoutAttempt.objects.filter(session_id=session_id).first()


def settle_payment_intent(payment_intent: str) -> Payment | None:
    """Settle the session that made this payment; its row, or None where it is not ours."""
    for session_id in gateway.sessions_of(payment_intent):
        settle_session(session_id)
    return Payment.objects.filter(payment_intent=payment_intent).first()


def payment_of(payment_intent: str) -> Payment | None:
    """The payment's row; what first tells of it may be a refund or a dispute, and then its session is settled now."""
    if not payment_intent:
        return None
    known = Payment.objects.filter(payment_intent=payment_intent).first()
    return known or settle_payment_intent(payment_intent)
