"""What each type of Stripe event leads to. A handler takes ids from the payload, never facts: it asks Stripe itself."""

import logging
from collections.abc import Callable
from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from . import services
from .models import StripeEvent

log = logging.getLogger(__name__)

State = StripeEvent.State
LEASE = timedelta(seconds=60)  # the hard time limit of a task: after it, nobody is working on this event any more
FIRST_RETRY = timedelta(seconds=10)
LONGEST_RETRY = timedelta(hours=1)
GIVE_UP_AFTER = 12  # attempts, about five hours


def session_changed(event: StripeEvent) -> State:
    """A checkout session was completed, expired, or its delayed payment came or failed."""
    if services.settle_session(event.object_id) is None:
        log.error("Stripe event %s is about a session that is not ours: %s", event.event_id, event.object_id)
        return State.ORPHAN
    return State.PROCESSED


HANDLERS: dict[str, Callable[[StripeEvent], State]] = {
    "checkout.session.completed": session_changed,
    "checkout.session.expired": session_changed,
    "checkout.session.async_payment_succeeded": session_changed,
    "checkout.session.async_payment_failed": session_changed,
}


def process(event_pk: int) -> State | None:
    """Work on a stored event if it is its time; the state that it ends in, or None where there was nothing to do.

    The row is claimed first, so that a second call, also at the same moment, does nothing. A failing handler is
    raised after the next try has been set; after GIVE_UP_AFTER tries the event is parked for staff.
    """
    claimed = StripeEvent.objects.due().filter(pk=event_pk)
    if not claimed.update(not_before=timezone.now() + LEASE, attempts=F("attempts") + 1):
        return None
    event = StripeEvent.objects.get(pk=event_pk)
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
    event.not_before = timezone.now() + min(FIRST_RETRY * 2 ** (event.attempts - 1), LONGEST_RETRY)
    event.last_error = f"{type(error).__name__}: {error}"[:300]
    if event.attempts >= GIVE_UP_AFTER:
        event.state = State.PARKED
    event.save(update_fields=["state", "not_before", "last_error"])
