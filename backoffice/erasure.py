"""A customer is forgotten, in every room: on a page of the admin, or by `manage.py erase_customer`."""

from dataclasses import dataclass

from django.contrib.admin.models import LogEntry
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django_celery_results.models import TaskResult

from backoffice.models import ApiOrder
from cart import services as carts
from messager import services as messages
from orders import services as orders, transitions
from payment import services as payments


@dataclass(frozen=True)
class Erased:
    """How much a customer was in."""

    orders: int
    messages: int


class NothingKnown(Exception):
    """No order and no message is from this address, and it waits for nothing."""


@transaction.atomic
def erase_customer(email: str, *, actor: str) -> Erased:
    """Take the person behind this address out of everything but invoices and credit notes; figures stay.

    All or nothing. Raises orders.CannotErase while something is still to be done for the customer, and NothingKnown,
    also for a second call. What lies in backups goes when they do; what lies at Stripe is Stripe's to erase.
    """
    known = orders.orders_of(email)
    for order in known:
        locked = transitions.lock(order.pk)
        if payments.has_open_money(locked):
            words = _("Money of order %s is on its way back, or contested.")
            raise orders.CannotErase(words % order.number)
        payments.erase(locked)
        orders.erase(locked, actor=actor)
    ApiOrder.objects.filter(order__in=known).update(customer_reference="")
    orders.forget(email)
    written = messages.erase(email)
    waits = carts.forget_alerts(email)
    _forget_mentions(email)
    if not known and not written and not waits:
        raise NothingKnown
    return Erased(len(known), written)


def _forget_mentions(email: str) -> None:
    """Where staff's changes and workers' results name the address."""
    LogEntry.objects.filter(object_repr__icontains=email).update(object_repr="erased")
    LogEntry.objects.filter(change_message__icontains=email).update(change_message="")
    columns = ("task_args", "task_kwargs", "result", "traceback")
    named = Q(*((f"{column}__icontains", email) for column in columns), _connector=Q.OR)
    TaskResult.objects.filter(named).delete()
