"""The end of a hold: stock goes back on the shelf only when Stripe confirms that no payment can arrive any more."""

import logging
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from orders import services as orders, transitions
from orders.models import Order
from orders.sentences import sentence
from payment import gateway
from payment.models import CheckoutAttempt

from .checkout import bury, open_attempt
from .settlement import settle

log = logging.getLogger(__name__)

State = CheckoutAttempt.State
Status = Order.Status

NOT_IN_TIME = sentence("not paid in time")

NO_OUTCOME_AFTER = timedelta(minutes=10)  # past a session's end, an unanswered attempt has none


def end_hold(order_id: int, into: Status, *, actor: str, reason: str = "", patient: bool = False) -> Order:
    """End an unpaid order and release its stock, once no payment can arrive any more; the order as it then is.

    The session is expired at Stripe first. Where Stripe says that it is complete, that is a payment, and the order is
    settled instead. Raises gateway.Unavailable and gateway.InFlight: then everything stays as it was.
    A second call changes nothing.
    """
    attempt = CheckoutAttempt.objects.live().filter(order_id=order_id).first()
    if attempt:
        CheckoutAttempt.objects.filter(pk=attempt.pk).update(checked_at=timezone.now())
    if attempt and attempt.state == State.NEW:
        attempt = _find_outcome(attempt, patient=patient)
    if attempt and _expire(attempt, patient=patient):
        settle(attempt, ended_as=into, actor=actor, reason=reason, patient=patient)
    with transaction.atomic():
        order = transitions.lock(order_id)
        if order.status == Status.PENDING and not order.checkout_attempts.live().exists():
            orders.end(order, into, actor=actor, reason=reason)
    return order


def _expire(attempt: CheckoutAttempt, *, patient: bool) -> bool:
    """Expire the session at Stripe; False where Stripe knows of none, so that nothing can come of it."""
    try:
        gateway.expire_session(attempt.session_id or "", patient=patient)
    except gateway.Refused as error:
        if error.code == "resource_missing":  # a sandbox that was wiped, or another account's key
            bury(attempt, "Stripe does not know this session")
            return False
        log.info("session %s is no longer open", attempt.session_id)  # settling finds out what it is
    return True


def _find_outcome(attempt: CheckoutAttempt, *, patient: bool) -> CheckoutAttempt | None:
    """The attempt, now open; None where it is certain or certain enough that no session came of it."""
    try:
        return open_attempt(attempt, patient=patient)
    except gateway.Refused:  # a repeat that comes too late is checked anew, and so no session exists
        return None
    except (gateway.Unavailable, gateway.InFlight):
        if timezone.now() < attempt.expires_at + NO_OUTCOME_AFTER:
            raise
        bury(attempt, "no answer until its end")
        return None


def refresh(order_id: int) -> None:
    """Bring an order up to date with Stripe: find lost answers, settle open sessions, end a hold that is over.

    Without a session it does nothing. Any number of calls have one result. Only workers call it.
    """
    order = Order.objects.get(pk=order_id)
    if order.status == Status.PENDING and order.expires_at <= timezone.now():
        end_hold(order_id, Status.EXPIRED, actor="sweep", reason=NOT_IN_TIME, patient=True)
        return
    for attempt in order.checkout_attempts.filter(state__in=[*CheckoutAttempt.LIVE, State.COMPLETE]):
        if attempt.state == State.NEW:
            attempt = open_attempt(attempt, patient=True)
        needs_no_money = order.status not in {Status.PENDING, Status.PROCESSING}
        if attempt.state == State.OPEN and needs_no_money and not _expire(attempt, patient=True):
            continue
        if attempt.state == State.OPEN or order.status == Status.PROCESSING:
            _settle_if_known(attempt)


def _settle_if_known(attempt: CheckoutAttempt) -> None:
    try:
        settle(attempt, patient=True)
    except gateway.Refused as error:
        if error.code != "resource_missing":
            raise
        bury(attempt, "Stripe does not know this session")
