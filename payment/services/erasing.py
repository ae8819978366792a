"""A customer is forgotten: what Stripe told of a person goes, what it told of money stays."""

from typing import Any

from orders.models import Order
from payment.models import Dispute, Refund, StripeEvent

# Of Stripe's objects: what tells of a person, or leads to a page that does.
PERSONAL = frozenset(
    "address billing_details collected_information customer_details customer_email email evidence hosted_invoice_url "
    "name owner payer payment_method_details phone receipt_email receipt_url shipping shipping_details".split()
)
OPEN = frozenset({Refund.State.NEW, Refund.State.PENDING})


def has_open_money(order: Order) -> bool:
    """Whether a refund of this order is on its way, or a dispute is not decided."""
    disputes = Dispute.objects.filter(payment__order=order).exclude(state__in=["won", "lost", "warning_closed"])
    return disputes.exists() or Refund.objects.filter(payment__order=order, state__in=OPEN).exists()


def erase(order: Order) -> None:
    """Take all that tells who paid out of an order's attempts, refunds and events. Twice changes nothing more.

    Ids, amounts and states stay, so that the books can still be compared with Stripe's, which keeps its own data.
    """
    attempts = list(order.checkout_attempts.all())
    payments = list(order.payments.all())
    refunds = Refund.objects.filter(payment__order=order)
    disputes = Dispute.objects.filter(payment__order=order).values_list("dispute_id", flat=True)
    intents = [payment.payment_intent for payment in payments]
    names = [*intents, *(attempt.session_id for attempt in attempts), *refunds.values_list("refund_id", flat=True)]
    ids = [name for name in (*names, *disputes) if name]
    events = StripeEvent.objects.about(ids=ids, intents=intents, order=order.number)
    for event in events.only("payload"):
        StripeEvent.objects.filter(pk=event.pk).update(payload=without_person(event.payload), last_error="")
    order.checkout_attempts.update(parameters={}, url="", last_error="")
    refunds.update(reason="", last_error="")


def without_person(value: Any) -> Any:
    """A part of an event without what tells of a person, however deep it lies."""
    if isinstance(value, dict):
        return {name: without_person(part) for name, part in value.items() if name not in PERSONAL}
    return [without_person(part) for part in value] if isinstance(value, list) else value
