"""Staff send a mail again."""

from django.utils import timezone

from background.task import nudge
from orders import transitions
from orders.models import Order, OrderEmail

State, Kind = OrderEmail.State, OrderEmail.Kind
ADDRESSED_BY_ITSELF = frozenset({Kind.NEW_ORDER, Kind.ATTENTION, Kind.WITHDRAWAL})


def send_again(order: Order, mail: OrderEmail, *, actor: str) -> bool:
    """Queue a mail of a locked order once more, for another day of tries and with a Message-ID of its own.

    It goes to where the order's mails go now, if it is one for the customer. False where it is queued already: a second
    click sends nothing more. What was withheld is sent now.
    """
    to = mail.to if mail.kind in ADDRESSED_BY_ITSELF else order.email
    now = timezone.now()
    settled = OrderEmail.objects.filter(pk=mail.pk, order=order).exclude(state=State.QUEUED)
    if not settled.update(
        state=State.QUEUED, round=mail.round + 1, round_began=now, not_before=now, attempts=0, last_error="", to=to
    ):
        return False
    transitions.note(order, "mail again", actor=actor, reason=f"{mail.kind}: {to}")
    nudge("orders.tasks.send_order_email", mail.pk)
    return True
