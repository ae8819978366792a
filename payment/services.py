"""The story of a payment: start a checkout, settle what Stripe says of it, end a hold. No Stripe call under a lock."""

import logging
import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from orders import services as orders, transitions
from orders.models import LineItem, Order
from shop.money import from_minor, to_minor

from . import gateway
from .models import CheckoutAttempt, Payment

log = logging.getLogger(__name__)

State = CheckoutAttempt.State
Status = Order.Status

SETTLE_TRIES = 5
NO_OUTCOME_AFTER = timedelta(minutes=10)  # past a session's end, an unanswered attempt has none


class NotPayable(Exception):
    """The order awaits no payment: its page says why."""


class SettleConflict(Exception):
    """The order changed each time that Stripe was asked: try again later."""


# Start ----------------------------------------------------------------------------------------------------------------


def start_checkout(order_id: int) -> str:
    """The address of Stripe's payment page for this order; empty where there is nothing to pay.

    A second call, also at the same moment, leads to the same session. Raises NotPayable, gateway.Unavailable,
    gateway.InFlight and gateway.Refused; the order and its stock stay as they are.
    """
    attempt = _live_attempt(order_id)
    if attempt is None:
        return ""
    return attempt.url if attempt.state == State.OPEN else open_attempt(attempt).url


@transaction.atomic
def _live_attempt(order_id: int) -> CheckoutAttempt | None:
    """The order's one live attempt, made now where there is none; None when the total is nothing and so is paid."""
    order = transitions.lock(order_id)
    if not order.is_payable:
        raise NotPayable
    if order.total == 0:
        orders.mark_paid(order, actor="nothing to pay")
        return None
    attempt = order.checkout_attempts.live().first()
    return attempt or _new_attempt(order)


def _new_attempt(order: Order) -> CheckoutAttempt:
    expires_at = timezone.now() + timedelta(minutes=settings.ORDER_HOLD_MINUTES)
    key = f"{order.number}-{uuid.uuid4().hex}"
    attempt = CheckoutAttempt.objects.create(
        order=order,
        idempotency_key=key,
        parameters=session_parameters(order, key, int(expires_at.timestamp())),
        livemode=settings.STRIPE_LIVEMODE,
        expires_at=expires_at,
    )
    order.expires_at = expires_at  # the reservation ends with the session
    order.save(update_fields=["expires_at", "updated"])
    return attempt


def session_parameters(order: Order, key: str, expires_at: int) -> dict[str, Any]:
    """What Stripe is sent. Its line items sum to the order's total to the unit."""
    metadata = {"order": order.number, "attempt": key}
    token = f"?order={order.token}"
    return {
        "mode": "payment",
        "client_reference_id": order.number,
        "customer_email": order.email,
        "metadata": metadata,
        "payment_intent_data": {"metadata": metadata},
        "line_items": [
            *(_stripe_line(item, order.currency) for item in order.line_items.all()),
            *([_priced(order.shipping_name, order.shipping, 1, order.currency)] if order.shipping else []),
        ],
        "success_url": f"{_site(reverse('payment:completed'))}{token}&session_id={{CHECKOUT_SESSION_ID}}",
        "cancel_url": f"{_site(reverse('payment:canceled'))}{token}",
        "expires_at": expires_at,
    }


def _stripe_line(item: LineItem, currency: str) -> dict[str, Any]:
    name = f"{item.name}, {item.label}" if item.label else item.name
    if item.unit_price * item.quantity == item.total:
        return _priced(name, item.unit_price, item.quantity, currency)
    return _priced(f"{item.quantity} x {name}", item.total, 1, currency)


def _priced(name: str, amount: Any, quantity: int, currency: str) -> dict[str, Any]:
    return {
        "quantity": quantity,
        "price_data": {
            "currency": currency.lower(),
            "unit_amount": to_minor(amount, currency),
            "product_data": {"name": name[:250]},
        },
    }


def _site(path: str) -> str:
    return settings.SITE_URL + path


def open_attempt(attempt: CheckoutAttempt) -> CheckoutAttempt:
    """Ask Stripe for the attempt's session. A repeat, with the stored key and parameters, finds the same session.

    Raises gateway.Unavailable and gateway.InFlight, after which the outcome is unknown; gateway.Refused and
    gateway.KeyIsDead end the attempt, and the last one is raised as Unavailable: the next try is a new attempt.
    """
    try:
        session = gateway.create_session(attempt.parameters, idempotency_key=attempt.idempotency_key)
    except gateway.Unavailable as error:
        CheckoutAttempt.objects.filter(pk=attempt.pk).update(last_error=str(error)[:300], checked_at=timezone.now())
        raise
    except gateway.Refused as error:
        log.error("Stripe refuses the session of order %s: %s", attempt.order.number, error)
        _bury(attempt, str(error))
        raise
    except gateway.KeyIsDead as error:
        _bury(attempt, "Stripe replays a server error")
        raise gateway.Unavailable("try again") from error
    changes = {"state": State.OPEN, "session_id": session.id, "url": session.url, "last_error": ""}
    CheckoutAttempt.objects.filter(pk=attempt.pk, state=State.NEW).update(checked_at=timezone.now(), **changes)
    attempt.refresh_from_db()
    return attempt


def _bury(attempt: CheckoutAttempt, why: str) -> None:
    CheckoutAttempt.objects.live().filter(pk=attempt.pk).update(state=State.DEAD, last_error=why[:300])


# Settle ---------------------------------------------------------------------------------------------------------------


def settle(
    attempt: CheckoutAttempt, *, ended_as: Status = Status.EXPIRED, actor: str = "Stripe", reason: str = ""
) -> Order:
    """Make the order agree with what Stripe says of this attempt's session; the order as it then is.

    Any number of callers, in any order and at once, have one result: Stripe is asked with no lock held, and where
    the order learnt something meanwhile it is asked again, so an old answer never overwrites a newer one.
    `ended_as`, `actor` and `reason` tell what an order becomes whose session ended unpaid.
    Raises gateway.Unavailable, gateway.Refused, and SettleConflict.
    """
    for _try in range(SETTLE_TRIES):
        revision = Order.objects.values_list("revision", flat=True).get(pk=attempt.order_id)
        session = gateway.retrieve_session(attempt.session_id or "", patient=True)
        with transaction.atomic():
            order = transitions.lock(attempt.order_id)
            if order.revision == revision:
                _apply(order, attempt, session)
                has_ended = session.status == "expired" or session.has_failed
                if has_ended and not order.checkout_attempts.live().exists():
                    orders.end(order, ended_as, actor=actor, reason=reason)
                return order
    raise SettleConflict(attempt.order_id)


def _apply(order: Order, attempt: CheckoutAttempt, session: gateway.Session) -> None:
    """Write what the session says to the locked order's attempt, payment and status."""
    attempt.state = {"open": State.OPEN, "complete": State.COMPLETE}.get(session.status, State.EXPIRED)
    attempt.checked_at = timezone.now()
    attempt.save(update_fields=["state", "checked_at"])
    if session.status != "complete" or session.has_failed:
        return
    if not session.is_paid:
        orders.mark_processing(order, actor="Stripe", reason="the payment method takes its time")
        return
    if session.payment_intent and not _record(order, session):
        return
    wrong = _mismatch(order, session)
    if wrong:
        orders.mark_processing(order, actor="Stripe", attention=wrong)
    else:
        orders.mark_paid(order, actor="Stripe")


def _record(order: Order, session: gateway.Session) -> bool:
    """Keep the money in a Payment row; whether it is this order's first. A second payment calls staff."""
    others = order.payments.exclude(payment_intent=session.payment_intent).exists()
    _payment, created = Payment.objects.get_or_create(
        payment_intent=session.payment_intent,
        defaults={
            "order": order,
            "session_id": session.id,
            "amount": from_minor(session.amount, session.currency),
            "currency": session.currency,
            "livemode": session.livemode,
            "captured_at": timezone.now(),
        },
    )
    if created and others:
        attention = f"Paid twice: refund {session.payment_intent}."
        transitions.note(order, "attention", actor="Stripe", attention=attention)
    return not others


def _mismatch(order: Order, session: gateway.Session) -> str:
    """Why this money is not what the order asked for; empty when it is."""
    if session.livemode != settings.STRIPE_LIVEMODE:
        return "Paid in the wrong mode (live or test)."
    if (session.amount, session.currency) != (to_minor(order.total, order.currency), order.currency):
        paid = from_minor(session.amount, session.currency)
        return f"Paid {paid} {session.currency} instead of {order.total:.2f} {order.currency}."
    return ""


def settle_session(session_id: str) -> Order | None:
    """Settle the attempt that this session belongs to; None where it is not ours.

    A session that the shop never heard of, since the answer to its creation was lost, is known by its metadata.
    """
    attempt = CheckoutAttempt.objects.filter(session_id=session_id).first() or _adopt(session_id)
    return settle(attempt) if attempt else None


def _adopt(session_id: str) -> CheckoutAttempt | None:
    try:
        session = gateway.retrieve_session(session_id, patient=True)
    except gateway.Refused:  # no such session with this key
        return None
    attempt = CheckoutAttempt.objects.filter(
        idempotency_key=session.metadata.get("attempt", ""), session_id=None
    ).first()
    if attempt:
        attempt.session_id, attempt.url = session.id, session.url
        attempt.save(update_fields=["session_id", "url"])
    return attempt


# End ------------------------------------------------------------------------------------------------------------------


def end_hold(order_id: int, into: Status, *, actor: str, reason: str = "") -> Order:
    """End an unpaid order and release its stock, once no payment can arrive any more; the order as it then is.

    The session is expired at Stripe first. Where Stripe says that it is complete, that is a payment, and the order is
    settled instead. Raises gateway.Unavailable and gateway.InFlight: then everything stays as it was.
    A second call changes nothing.
    """
    attempt = CheckoutAttempt.objects.live().filter(order_id=order_id).first()
    if attempt and attempt.state == State.NEW:
        attempt = _find_outcome(attempt)
    if attempt:
        _expire(attempt)
        if attempt.state == State.OPEN:
            settle(attempt, ended_as=into, actor=actor, reason=reason)
    with transaction.atomic():
        order = transitions.lock(order_id)
        if order.status == Status.PENDING and not order.checkout_attempts.live().exists():
            orders.end(order, into, actor=actor, reason=reason)
    return order


def _expire(attempt: CheckoutAttempt) -> None:
    try:
        gateway.expire_session(attempt.session_id or "")
    except gateway.Refused as error:
        if error.code == "resource_missing":  # a sandbox that was wiped, or another account's key
            _bury(attempt, "Stripe does not know this session")
            attempt.refresh_from_db()
        else:
            log.info("session %s is no longer open", attempt.session_id)  # settling finds out what it is


def _find_outcome(attempt: CheckoutAttempt) -> CheckoutAttempt | None:
    """The attempt, now open; None where it is certain or certain enough that no session came of it."""
    try:
        return open_attempt(attempt)
    except gateway.Refused:  # a repeat that comes too late is checked anew, and so no session exists
        return None
    except (gateway.Unavailable, gateway.InFlight):
        if timezone.now() < attempt.expires_at + NO_OUTCOME_AFTER:
            raise
        _bury(attempt, "no answer until its end")
        return None


def refresh(order_id: int) -> None:
    """Bring an order up to date with Stripe: find lost answers, settle open sessions, end a hold that is over.

    Without a session it does nothing. Any number of calls have one result.
    """
    order = Order.objects.get(pk=order_id)
    if order.status == Status.PENDING and order.expires_at <= timezone.now():
        end_hold(order_id, Status.EXPIRED, actor="sweep", reason="not paid in time")
        return
    unsettled = order.checkout_attempts.filter(state__in=[*CheckoutAttempt.LIVE, State.COMPLETE])
    for attempt in unsettled:
        if attempt.state == State.NEW:
            attempt = open_attempt(attempt)
        if attempt.state == State.OPEN or order.status == Status.PROCESSING:
            settle(attempt)
