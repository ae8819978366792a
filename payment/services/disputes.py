"""A cardholder contests a payment: nothing is shipped until the shop has won, and staff know by when to answer."""

from django.utils import timezone

from orders import services as orders, transitions
from orders.models import Order
from orders.sentences import sentence
from payment import gateway
from payment.models import Dispute, Payment
from shop.money import from_minor, plain_money

from .agreement import agree

OUR_HOLD = "Dispute"  # how the reason of a hold begins that a dispute set
OPEN = sentence("Dispute %(dispute)s about %(amount)s (%(reason)s) is %(state)s: do not ship.")
OPEN_UNTIL = sentence(
    "Dispute %(dispute)s about %(amount)s (%(reason)s) is %(state)s: do not ship, answer by %(until)s."
)
LOST = sentence(
    "Dispute %(dispute)s about %(amount)s (%(reason)s) is closed: lost. "
    "The money is gone: cancel what was not shipped, or allow to ship it."
)
CLOSED = sentence("Dispute %(dispute)s about %(amount)s (%(reason)s) is closed: %(state)s.")
HELD = sentence("Dispute %(dispute)s")


def settle_dispute(payment: Payment, dispute_id: str) -> Order:
    """Make the dispute's row agree with what Stripe says of it; the order, which staff must look at.

    Any number of callers, in any order and at once, have one result. Raises what the gateway raises.
    """

    def apply(order: Order, answer: gateway.Dispute) -> None:
        before = Dispute.objects.filter(dispute_id=answer.id).values_list("state", flat=True).first()
        dispute, _created = Dispute.objects.update_or_create(
            dispute_id=answer.id,
            defaults={
                "payment": payment,
                "state": answer.status,
                "reason": answer.reason,
                "amount": from_minor(answer.amount, answer.currency),
                "currency": answer.currency,
                "respond_by": answer.respond_by,
            },
        )
        if dispute.state != before:
            transitions.note(order, "dispute", actor="Stripe", attention=_sentence(dispute))
            _hold_or_allow(order)

    return agree(payment.order_id, lambda: gateway.retrieve_dispute(dispute_id), apply)


def _hold_or_allow(order: Order) -> None:
    """Nothing is shipped while one of the order's disputes is open, nor after one was lost: the money is gone then."""
    for dispute in Dispute.objects.filter(payment__order=order).order_by("pk"):
        if dispute.is_open or dispute.state == "lost":
            orders.hold_shipping(order, HELD % {"dispute": dispute}, actor="Stripe")
            return
    if order.hold_shipping.startswith(OUR_HOLD):
        orders.allow_shipping(order, actor="Stripe")


def _sentence(dispute: Dispute) -> str:
    about = {"dispute": dispute, "amount": plain_money(dispute.amount, dispute.currency), "reason": dispute.reason}
    facts = about | {"state": dispute.state}
    if dispute.is_open and dispute.respond_by:
        return OPEN_UNTIL % (facts | {"until": f"{timezone.localtime(dispute.respond_by):%Y-%m-%d %H:%M %Z}"})
    if dispute.is_open:
        return OPEN % facts
    return (LOST if dispute.state == "lost" else CLOSED) % facts
