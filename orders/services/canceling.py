"""Staff call off an order whose money has come, or units of it that the shopper withdrew from."""

from django.utils.translation import gettext as _

from cart import coupons
from orders import transitions
from orders.models import Order, Withdrawal
from orders.sentences import sentence

from .shipping import take_off
from .withdrawing import withdrawal_handled

Status = Order.Status
WITHOUT_REFUND = sentence("without a refund: %(withdrawal)s")


class CannotCancel(Exception):
    """The order is not one that can be called off now. Says why, for staff."""


def cancel(order: Order, *, restock: bool, actor: str, reason: str) -> None:
    """Cancel a locked order that was paid, or that waits with its money; what is to become of the money is payment's.

    Its units go back on the shelf with `restock`, else they are written off; its coupons may be used again. Raises
    CannotCancel for what was shipped, in part or whole, and for every other status: so a second call is refused.
    """
    if order.status not in {Status.PAID, Status.PROCESSING}:
        raise CannotCancel(_("The order is %s.") % order.get_status_display())
    items = list(order.line_items.all())
    if any(item.shipped_units for item in items):
        raise CannotCancel(_("Something of it was shipped: refund what comes back instead."))
    transitions.move(order, Status.CANCELED, actor=actor, reason=reason)
    coupons.give_back(order.number)
    left = {item: item.units_left for item in items if item.units_left}
    take_off(order, left, restock=restock, actor=actor)  # last: the shelf stays locked until commit


def close_withdrawal(order: Order, withdrawal: Withdrawal, *, restock: bool, actor: str) -> bool:
    """Take a withdrawal's units off its locked order where no money is left to give back. False where it was handled.

    What was taken off before, or came back, is not taken again.
    """
    if not withdrawal_handled(order, withdrawal, actor=actor):
        return False
    units = {}
    for line in withdrawal.lines.select_related("line_item"):
        item = line.line_item
        units[item] = min(line.quantity, item.units_left + item.shipped_units - item.returned_units)
    take_off(order, {item: quantity for item, quantity in units.items() if quantity}, restock=restock, actor=actor)
    transitions.note(order, "withdrawal closed", actor=actor, reason=WITHOUT_REFUND % {"withdrawal": withdrawal})
    return True
