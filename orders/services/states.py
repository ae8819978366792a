"""What payment makes of an order: paid, processing, ended. Callers hold the order's lock."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils import timezone

from cart import coupons, services as carts
from orders import transitions
from orders.documents import issue_invoice
from orders.emails import owe as owe_email, owe_staff
from orders.models import Order, OrderEmail
from orders.sentences import sentence
from shop import sales, stock

from .units import units_of, units_to_ship

Kind = OrderEmail.Kind
Status = Order.Status
ENDED = frozenset({Status.CANCELED, Status.EXPIRED})
LATER = timedelta(minutes=1)
BEYOND = sentence("%(code)s is used beyond its limit: paid after the end")


def mark_paid(order: Order, *, actor: str) -> bool:
    """Make a locked order paid: its units leave the cart, sale recorded, receipt owed, invoice issued.

    False where it was paid before. After a cancel or an expiry its units are reserved again. Raises OutOfStock where
    they are gone: the order stays as it is, and the money has to go back.
    """
    if order.status == Status.PAID:
        return False
    revive(order)
    transitions.move(order, Status.PAID, actor=actor)
    prefetch_related_objects([order], "line_items")  # read once, for the cart and for the invoice
    units = units_of(order)
    carts.take_out(order.cart_key, units)
    sales.record(order.number, units, timezone.now())
    owe_email(order, Kind.RECEIPT)
    owe_staff(order, Kind.NEW_ORDER)
    issue_invoice(order)  # last: whoever is paid next waits for its number until commit
    return True


def revive(order: Order) -> None:
    """Take coupons and stock of a locked order again that had ended and is paid after all. Raises OutOfStock.

    A coupon used beyond its limit that way stands in the order's history: money is never refused because of one.
    """
    if order.status not in ENDED:
        return
    with transaction.atomic():
        beyond = coupons.take_again(order.number)
        stock.reserve(units_to_ship(order), reference=order.number)
    for code in beyond:
        transitions.note(order, "coupon", actor="shop", reason=BEYOND % {"code": code})


def note_return(order_id: int) -> None:
    """Note that the payer came back from the payment page: until Stripe's answer is known nobody is asked to pay."""
    Order.objects.filter(pk=order_id).update(payer_returned_at=timezone.now())


def mark_processing(order: Order, *, actor: str, reason: str = "", attention: str = "") -> None:
    """Note that a locked order's money is on its way, or needs staff: its stock stays. Twice changes nothing.

    After a cancel or an expiry its units are reserved again. Raises OutOfStock where they are gone.
    """
    revive(order)
    if order.status == Status.PENDING or order.status in ENDED:
        transitions.move(order, Status.PROCESSING, actor=actor, reason=reason)
        carts.take_out(order.cart_key, units_of(order))
    if attention and attention not in order.attention:
        transitions.note(order, "attention", actor=actor, attention=attention)


def end(order: Order, into: Status, *, actor: str, reason: str = "", failed: bool = False) -> bool:
    """Cancel or expire a locked order that was not paid, release its units and owe the mail that says so.

    False where it had ended already. Callers make sure first that no payment can arrive any more; `failed` says that
    one was tried.
    """
    if order.status not in {Status.PENDING, Status.PROCESSING}:
        return False
    transitions.move(order, into, actor=actor, reason=reason)
    carts.hold(order.cart_key, {})
    coupons.give_back(order.number)
    stock.release(units_to_ship(order), reference=order.number)
    _owe_last_mails(order, failed=failed)
    return True


def _owe_last_mails(order: Order, *, failed: bool) -> None:
    """Of an end without a payment a minute later: by then it shows whether another order took this one's place."""
    kind = Kind.CANCELED if order.status == Status.CANCELED else Kind.EXPIRED
    if failed:
        owe_email(order, Kind.PAYMENT_FAILED)
    else:
        owe_email(order, kind, after=LATER)
    if order.reminder_wanted and order.status == Status.EXPIRED:
        owe_email(order, Kind.REMINDER, after=timedelta(hours=settings.REMINDER_HOURS))
