"""What each type of Stripe event leads to. A handler takes ids from the payload, never facts: it asks Stripe itself."""

import logging
from collections.abc import Callable
from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from background.task import LEASE
from orders.models import Order

from . import gateway, services
from .models import Payment, StripeEvent

log = logging.getLogger(__name__)

State = StripeEvent.State
FIRST_RETRY = timedelta(seconds=10)
LONGEST_RETRY = timedelta(hours=1)
GIVE_UP_AFTER = 12  # attempts, about five hours


def session_changed(event: StripeEvent) -> State:
    """A checkout session was completed, expired, or its delayed payment came or failed."""
    return _known(event, services.settle_session(event.object_id))


def payment_changed(event: StripeEvent) -> State:
    """A payment intent succeeded or failed: its session tells the rest."""
    return _known(event, services.settle_payment_intent(event.object_id))


def charge_changed(event: StripeEvent) -> State:
    """A charge succeeded or was refunded, perhaps in Stripe's dashboard, perhaps in parts."""
    payment = services.payment_of(_related(event, "payment_intent"))
    if payment:
        for refund_id in gateway.refunds_of(event.object_id):
            services.settle_refund(payment, refund_id)
    return _known(event, payment)


def refund_changed(event: StripeEvent) -> State:
    """A refund was made, here or in Stripe's dashboard, or went another step."""
    payment = services.payment_of(_related(event, "payment_intent"))
    if payment:
        services.settle_refund(payment, event.object_id)
    return _known(event, payment)


def dispute_changed(event: StripeEvent) -> State:
    """A cardholder contests a payment, or the dispute was decided."""
    payment = services.payment_of(_related(event, "payment_intent"))
    if payment:
        services.settle_dispute(payment, event.object_id)
    return _known(event, payment)


HANDLERS: dict[str, Callable[[StripeEvent], State]] = {
    "checkout.session.completed": session_changed,
    "checkout.session.expired": session_changed,
    "checkout.session.async_payment_succeeded": session_changed,
    "checkout.session.async_payment_failed": session_changed,
    "payment_intent.succeeded": payment_changed,
    "charge.refunded": charge_changed,
    "refund.created": refund_changed,
    "refund.updated": refund_changed,
    "refund.failed": refund_changed,
    "charge.dispute.created": dispute_changed,
    "charge.dispute.updated": dispute_changed,
    "charge.dispute.closed": dispute_changed,
    "charge.dispute.funds_withdrawn": dispute_changed,
    "charge.dispute.funds_reinstated": dispute_changed,
}


def _related(event: StripeEvent, name: str) -> str:
    """The id of another object that the event's object names."""
    value = event.payload.get("data", {}).get("object", {}).get(name)
    return value if isinstance(value, str) else ""


def _known(event: StripeEvent, found: Order | Payment | None) -> State:
    if found is None:
        log.error("Stripe event %s is about nothing of ours: %s", event.event_id, event.object_id)
        return State.ORPHAN
    return State.PROCESSED


def process(event_pk: int) -> State | None:
    """Work on a stored event if it is its time; the state that it ends in, or None where there was nothing to do.

    The row is claimed first, so that a second call, also at the same moment, does nothing. A failing handler is
    raised after the next try has been set; after GIVE_UP_AFTER tries the event is parked for staff.
    """
    claimed = StripeEvent.objects.due().filter(pk=event_pk)
    if not claimed.update(not_before=timezone.now() + LEASE, attempts=F("attempts") + 1):
        return None
    event = StripeEvent.objects.get(pk=event_pk)
    if event.attempts > GIVE_UP_AFTER:  # its worker died each time, and so never noted a failure
        _park(event, "no worker survived it")
        return State.PARKED
    handler = HANDLERS.get(event.type)
    try:
        event.state = handler(event) if handler else State.IGNORED
    except Exception as error:
        _note_failure(event, error)
        raise
    event.processed_at, event.last_error = timezone.now(), ""
    event.save(update_fields=["state", "processed_at", "last_error"])
    return State(event.state)


def _note_failure(event: StripeEvent, error: Exception) -> None:
    if event.attempts >= GIVE_UP_AFTER:
        _park(event, f"{type(error).__name__}: {error}")
        return
    event.not_before = timezone.now() + min(FIRST_RETRY * 2 ** (event.attempts - 1), LONGEST_RETRY)
    event.last_error = f"{type(error).__name__}: {error}"[:300]
    event.save(update_fields=["not_before", "last_error"])


def _park(event: StripeEvent, why: str) -> None:
    event.state, event.last_error = State.PARKED, why[:300]
    event.save(update_fields=["state", "last_error"])


def replay(event: StripeEvent) -> None:
    """Let a parked, orphaned or ignored event be worked on again, from its first try."""
    event.state, event.attempts, event.not_before = State.RECEIVED, 0, timezone.now()
    event.save(update_fields=["state", "attempts", "not_before"])
