"""The payment room's work for the worker: events, orders on their way to being paid, and the sweep."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from background.locks import sweep_lock
from background.task import background_task
from orders.models import Order

from . import handlers, services
from .models import CheckoutAttempt, Refund, StripeEvent
from .reconcile import reconcile as run_reconciler

BATCH = 200
ASK_AGAIN = timedelta(minutes=2)  # a webhook that is this late may never come
ASK_AGAIN_ENDED = timedelta(minutes=1)  # the hold is over, but Stripe could not be asked
ASK_AGAIN_DELAYED = timedelta(hours=1)  # for payment methods that take days


@background_task(topic="payments.event", ignore_result=True)
def process_stripe_event(event_pk: int) -> None:
    """Work on one stored event. A second run does nothing."""
    handlers.process(event_pk)


@background_task(topic="payments.order", ignore_result=True)
def process_payment(order_id: int) -> None:
    """Bring an order (by primary key) up to date with Stripe. Without a session it does nothing; twice is once."""
    services.refresh(order_id)


@background_task(topic="payments.refund")
def submit_refund(refund_pk: int) -> bool:
    """Ask Stripe for a refund; whether it was asked now. A second run asks for nothing."""
    return services.submit_refund(refund_pk)


# Below RabbitMQ's half hour, after which it would hand the message to another worker.
@background_task(topic="long.books", soft_time_limit=25 * 60, time_limit=26 * 60)
def reconcile(days: int = 7) -> int | None:
    """Compare the books of the last days with Stripe's; the report's primary key, None where a run is under way.

    A second run repairs nothing more.
    """
    report = run_reconciler(timezone.now() - timedelta(days=days))
    return report.pk if report else None


@background_task(topic="payments.sweep", ignore_result=True)
def sweep() -> None:
    """Nudge every event and refund that is due, and every order that Stripe should have told us about by now."""
    with sweep_lock("payment") as held:
        if not held:
            return
        for pk in StripeEvent.objects.due().order_by("not_before", "pk").values_list("pk", flat=True)[:BATCH]:
            process_stripe_event.nudge_on_commit(pk)
        for pk in Refund.objects.due().order_by("not_before", "pk").values_list("pk", flat=True)[:BATCH]:
            submit_refund.nudge_on_commit(pk)
        for order_id in sorted(_overdue_orders()):
            process_payment.nudge_on_commit(order_id)


def _overdue_orders() -> set[int]:
    now = timezone.now()
    just_asked = CheckoutAttempt.objects.live().filter(checked_at__gt=now - ASK_AGAIN_ENDED).values("order_id")
    ended = Order.objects.hold_ended().exclude(pk__in=just_asked).values_list("pk", flat=True)[:BATCH]
    unheard = CheckoutAttempt.objects.live().filter(checked_at__lte=now - ASK_AGAIN)
    delayed = Q(order__status=Order.Status.PROCESSING, checked_at__lte=now - ASK_AGAIN_DELAYED)
    slow = CheckoutAttempt.objects.filter(delayed, state=CheckoutAttempt.State.COMPLETE)
    waiting = (attempts.values_list("order_id", flat=True)[:BATCH] for attempts in (unheard, slow))
    return {*ended, *(order_id for ids in waiting for order_id in ids)}
