"""A customer is forgotten: what an order says of a person goes, what it says of goods and money stays.

Regulation (EU) 2016/679 (GDPR), Art. 17. Invoices and credit notes stay as they are: the law of most countries asks to
keep them, in Germany for eight years from the end of theirs (§ 14b UStG), and Art. 17(3)(b) says that it goes first.
"""

from django.utils.translation import gettext as _

from cart import services as carts
from cart.models import CouponUse
from orders import lookups
from orders.models import MailOptOut, Order, OrderEmail, Withdrawal
from orders.models.order import ADDRESS_COLUMNS, new_token

# But not the country, by which taxes are counted.
PERSONAL = {*ADDRESS_COLUMNS, "phone", "hold_shipping", "cart_key", "fingerprint", "placement"} - {"country"}


class CannotErase(Exception):
    """Something is still to be done for the customer, for which the data is needed. Says what, for staff."""


def orders_of(email: str) -> list[Order]:
    """Every order with this address, whatever its case."""
    return list(Order.objects.filter(email__iexact=email).order_by("pk"))


def why_not_to_erase(order: Order) -> str:
    """What is still to be done about this order; empty if nothing is."""
    name = {"number": order.number}
    if order.is_waiting:
        return _("Order %(number)s still awaits its payment.") % name
    if order.status == Order.Status.PAID and (order.has_units_to_ship or order.hold_shipping):
        return _("Order %(number)s is not shipped in full.") % name
    if order.attention or order.withdrawals.filter(handled_at=None).exists():
        return _("Order %(number)s calls for staff.") % name
    if order.invoices.filter(pdf__made_at=None).exists():
        return _("A document of order %(number)s is not made yet.") % name
    return ""


def erase(order: Order, *, actor: str) -> None:
    """Take all that tells who bought out of a locked order, its mails, statements, parcels and history. Its old links
    lead nowhere. Amounts, goods, dates, the country and its documents stay. Twice changes nothing more.

    Raises CannotErase while something is still to be done.
    """
    why = why_not_to_erase(order)
    if why:
        raise CannotErase(why)
    nobody = f"erased-{order.pk}@erased.invalid"  # RFC 2606: mail to it reaches nobody
    carts.remove(order.cart_key)
    CouponUse.objects.filter(reference=order.number).update(customer="")
    order.events.update(reason="")
    order.emails.filter(state=OrderEmail.State.QUEUED).update(state=OrderEmail.State.WITHHELD)
    order.emails.update(to=nobody, facts={}, last_error="")
    Withdrawal.objects.filter(order=order).update(name="", email=nobody, reason="")
    order.shipments.update(tracking_number="", tracking_url="")
    blank = dict.fromkeys(PERSONAL, "")
    columns = {"email": nobody, "token": new_token(), "customer": None, "reminder_wanted": False}
    Order.objects.filter(pk=order.pk).update(**blank, **columns)
    order.events.create(kind="erased", actor=actor)


def forget(email: str) -> None:
    """What is kept by a mailbox, and not with an order: its wish for no reminders, and what it asked for."""
    MailOptOut.objects.filter(email__iexact=email).delete()
    lookups.forget(email)
