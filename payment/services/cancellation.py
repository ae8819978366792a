"""Staff cancel an order: an unpaid one as its shopper would, a paid one with or without giving its money back."""

from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from orders import services as orders, transitions
from orders.models import Order, OrderEmail
from shop.money import format_money

from .holds import end_hold
from .refunds import request_refund

Status = Order.Status


def cancel_order(order_id: int, *, refund: bool, restock: bool, actor: str, reason: str) -> Order:
    """Cancel an order for staff; the order as it then is.

    An unpaid one ends at Stripe first; where Stripe says that it was paid it is settled instead, and stays. Of one
    whose money has come all that is left goes back with `refund`, and its units go back on the shelf with `restock`.
    Raises orders.CannotCancel and what end_hold raises: then all stays as it was. A second call changes nothing.
    """
    status = Order.objects.values_list("status", flat=True).get(pk=order_id)
    if status == Status.PENDING:
        return end_hold(order_id, Status.CANCELED, actor=actor, reason=reason)
    with transaction.atomic():
        order = transitions.lock(order_id)
        if order.status != Status.CANCELED:
            _call_off(order, refund=refund, restock=restock, actor=actor, reason=reason)
    return order


def _call_off(order: Order, *, refund: bool, restock: bool, actor: str, reason: str) -> None:
    payments = list(order.payments.all())
    if order.status == Status.PROCESSING and not payments:
        raise orders.CannotCancel(_("Its payment is still on the way: wait until it has come or failed."))
    back = [payment for payment in payments if refund and payment.refundable]
    amounts = [request_refund(order, paid, paid.refundable, reason=reason, actor=actor).amount for paid in back]
    amount = format_money(sum(amounts, Decimal(0)), order.currency, order.language) if amounts else ""
    orders.owe_email(order, OrderEmail.Kind.CANCELED, reference="paid", paid="yes", amount=amount)
    orders.cancel(order, restock=restock, actor=actor, reason=reason)  # last: it locks the shelf
