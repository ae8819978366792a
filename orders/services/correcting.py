"""Staff put right whom and where an order goes to, as long as nothing of it was sent; and leave notes."""

from collections.abc import Mapping

from django.utils import timezone
from django.utils.translation import gettext as _

from background.task import nudge
from orders import transitions
from orders.models import Order, OrderEmail

# Country and region are none of them: tax and shipping were agreed for those.
CORRECTABLE = ("email", "full_name", "phone", "address1", "address2", "postcode", "city")
ENDED = frozenset({Order.Status.CANCELED, Order.Status.EXPIRED})


class CannotCorrect(Exception):
    """The order's address is past correcting. Says why, for staff."""


def why_not_to_correct(order: Order) -> str:
    """What forbids to correct the address of this order, for staff; empty if nothing does. One query."""
    if order.status in ENDED:
        return _("The order is %s.") % order.get_status_display()
    if order.shipments.exists():
        return _("Something of it was shipped already.")
    return ""


def correct(order: Order, address: Mapping[str, str], *, actor: str) -> list[str]:
    """Write a locked order's corrected address; the columns that changed, none the second time.

    Mails that wait go to the new address. The history names the columns and not what stood there, which is somebody's
    own. Papers that were issued stay as they are. Raises CannotCorrect.
    """
    why = why_not_to_correct(order)
    if why:
        raise CannotCorrect(why)
    changed = [name for name in CORRECTABLE if name in address and getattr(order, name) != address[name]]
    if not changed:
        return []
    before = order.email
    for name in changed:
        setattr(order, name, address[name])
    order.save(update_fields=[*changed, "updated"])
    if "email" in changed:
        _redirect_mails(order, before)
    transitions.note(order, "corrected", actor=actor, reason=", ".join(changed))
    return changed


def _redirect_mails(order: Order, before: str) -> None:
    waiting = OrderEmail.objects.filter(order=order, to=before).exclude(state=OrderEmail.State.SENT)
    parked = list(waiting.filter(state=OrderEmail.State.PARKED).values_list("pk", flat=True))
    waiting.update(to=order.email)
    now = timezone.now()
    OrderEmail.objects.filter(pk__in=parked).update(
        state=OrderEmail.State.QUEUED, attempts=0, not_before=now, round_began=now, last_error=""
    )
    for pk in parked:
        nudge("orders.tasks.send_order_email", pk)


def leave_note(order: Order, text: str, *, actor: str) -> None:
    """Keep what staff want to remember of a locked order, in its history. A second call keeps it twice."""
    transitions.note(order, "note", actor=actor, reason=text)
