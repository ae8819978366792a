"""The inbox: a delivery is verified, stored once, answered, and worked on later by a worker."""

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from background.inserting import insert_new

from . import gateway
from .models import RefusedDeliveries, StripeEvent
from .tasks import process_stripe_event


def receive(payload: bytes, signature: str) -> bool:
    """Store the event of a delivery, and nudge a worker; whether it is new. When Stripe repeats itself nothing happens.

    Raises gateway.BadDelivery and then leaves no row. An event of the other mode (live or test) is kept, not worked on.
    """
    event = gateway.read_event(payload, signature)
    ours = event["livemode"] == settings.STRIPE_LIVEMODE
    row = StripeEvent(
        event_id=event["id"],
        type=event["type"],
        object_id=event["data"]["object"].get("id", ""),
        livemode=event["livemode"],
        payload=event,
        state=StripeEvent.State.RECEIVED if ours else StripeEvent.State.IGNORED,
        processed_at=None if ours else timezone.now(),
    )
    is_new = insert_new(row)  # one statement, while Stripe waits
    if is_new and ours:
        process_stripe_event.nudge_on_commit(row.pk)
    return is_new


def count_refused() -> None:
    """Count a delivery that was not Stripe's: a number a day is all that is kept of it."""
    today = timezone.localdate()
    if not RefusedDeliveries.objects.filter(day=today).update(count=F("count") + 1):
        RefusedDeliveries.objects.get_or_create(day=today, defaults={"count": 1})
