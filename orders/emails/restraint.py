"""When a mail is better not sent: it is no longer true, nobody wants it, or its reader gets too many."""

from datetime import timedelta

from django.utils import timezone

from orders.models import MailOptOut, Order, OrderEmail

Kind = OrderEmail.Kind
Status = Order.Status

# Anybody can place an order in somebody else's name: mails about orders that nobody paid for are few.
UNPAID = frozenset({Kind.RECEIVED, Kind.EXPIRED, Kind.REMINDER})
MOST_UNPAID, DAY = 3, timedelta(hours=24)

ENDED = {
    Kind.CANCELED: {Status.CANCELED},
    Kind.EXPIRED: {Status.EXPIRED},
    Kind.REMINDER: {Status.EXPIRED, Status.CANCELED},
    Kind.PAYMENT_FAILED: {Status.EXPIRED, Status.CANCELED},
}


def why_not(mail: OrderEmail) -> str:
    """Why this mail is not to be sent, for staff; empty where it is. What staff send again is always sent."""
    if mail.round > 1:
        return ""
    order = mail.order
    if order.status not in ENDED.get(Kind(mail.kind), {order.status}):
        return "no longer true"
    if mail.kind == Kind.CANCELED and not mail.facts.get("paid") and _was_replaced(order):
        return "the order was replaced by another"
    if mail.kind == Kind.EXPIRED and not _was_told(order):
        return "the shopper was not told of the order before"
    if mail.kind == Kind.REMINDER and (why := _why_no_reminder(mail)):
        return why
    return _why_too_many(mail) if mail.kind in UNPAID else ""


def _why_too_many(mail: OrderEmail) -> str:
    if mail.kind == Kind.RECEIVED and _told_of_the_cart(mail):
        return "this cart's shopper was told of an order before"
    others = OrderEmail.objects.filter(kind__in=UNPAID, to__iexact=mail.to, attempts__gt=0, order__paid_at=None)
    recent = others.exclude(pk=mail.pk).exclude(state=OrderEmail.State.WITHHELD)
    if recent.filter(created__gte=timezone.now() - DAY).count() >= MOST_UNPAID:
        return f"{MOST_UNPAID} mails about unpaid orders went to this address within a day"
    return ""


def _why_no_reminder(mail: OrderEmail) -> str:
    order = mail.order
    if MailOptOut.objects.filter(email=mail.to.lower()).exists():
        return "the reader wants none"
    if Order.objects.filter(email__iexact=order.email, created__gt=order.created).exists():
        return "the shopper ordered again"
    return ""


def _told_of_the_cart(mail: OrderEmail) -> bool:
    """Whether a mail about another order of the same cart was tried to the same address before.

    To another one it is no repetition: the shopper may have corrected the address.
    """
    same_cart = Order.objects.filter(cart_key=mail.order.cart_key).exclude(cart_key="").exclude(pk=mail.order_id)
    told = OrderEmail.objects.filter(order__in=same_cart, kind=Kind.RECEIVED, to__iexact=mail.to, attempts__gt=0)
    return told.exists()


def _was_told(order: Order) -> bool:
    return order.emails.filter(kind=Kind.RECEIVED, state=OrderEmail.State.SENT).exists()


def _was_replaced(order: Order) -> bool:
    return Order.objects.filter(cart_key=order.cart_key, pk__gt=order.pk).exclude(cart_key="").exists()
