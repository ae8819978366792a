"""The states of an order. Only this file writes Order.status, and never without its OrderEvent."""

from django.db import transaction
from django.db.models import BigIntegerField
from django.utils import timezone

from background import logs
from background.prepared import Given, Prepared

from .emails import owe_staff
from .models import Order, OrderEmail, OrderEvent

Status = Order.Status
_locked = Prepared(lambda: Order.objects.select_for_update().filter(pk=Given("pk", BigIntegerField())))

# Money may arrive after a cancel or an expiry; from there the order may still become paid.
ALLOWED: dict[str, frozenset[str]] = {
    Status.PENDING: frozenset({Status.PROCESSING, Status.PAID, Status.CANCELED, Status.EXPIRED}),
    Status.PROCESSING: frozenset({Status.PAID, Status.CANCELED, Status.EXPIRED}),
    Status.CANCELED: frozenset({Status.PROCESSING, Status.PAID}),
    Status.EXPIRED: frozenset({Status.PROCESSING, Status.PAID}),
    Status.PAID: frozenset({Status.CANCELED}),  # by staff, before anything was shipped
}


class IllegalTransition(Exception):
    """An order cannot go from its status to that one."""


def lock(order_id: int) -> Order:
    """The order, its row locked until the transaction ends. Always the first lock that is taken."""
    _must_be_in_transaction()
    order = _locked.first(pk=order_id)
    if order is None:
        raise Order.DoesNotExist
    logs.about(order=order.number)
    return order


def move(order: Order, to: Status, *, actor: str, reason: str = "") -> None:
    """Change a locked order's status and write why. Raises IllegalTransition for a move the table does not know."""
    _must_be_in_transaction()
    if to not in ALLOWED[order.status]:
        raise IllegalTransition(f"order {order.number}: {order.status} to {to}")
    order.status = to
    if to == Status.PAID:
        order.paid_at = timezone.now()
    order.revision += 1
    order.save(update_fields=["status", "paid_at", "revision", "updated"])
    OrderEvent.objects.create(order=order, kind=to, actor=actor, reason=reason)


def note(order: Order, kind: str, *, actor: str, reason: str = "", attention: str = "") -> None:
    """Write down something learnt about a locked order that leaves its status.

    `attention` calls staff with a sentence; one that stands there already is not written twice.
    """
    _must_be_in_transaction()
    order.revision += 1
    if attention and attention not in order.attention.splitlines():
        owe_staff(order, OrderEmail.Kind.ATTENTION, what=attention)
        order.attention = f"{order.attention}\n{attention}".strip()
    order.save(update_fields=["revision", "attention", "updated"])
    OrderEvent.objects.create(order=order, kind=kind, actor=actor, reason=(reason or attention)[:300])


def attended(order: Order, *, actor: str) -> None:
    """Staff looked at a locked order: nothing calls for them any more. Twice changes nothing."""
    _must_be_in_transaction()
    if order.attention:
        order.attention = ""
        note(order, "attended", actor=actor)


def settled(order: Order, attention: str, *, actor: str) -> None:
    """One sentence that called staff about a locked order is done with; the others stay. Twice changes nothing."""
    _must_be_in_transaction()
    calling = order.attention.splitlines()
    if attention in calling:
        calling.remove(attention)
        order.attention = "\n".join(calling)
        note(order, "attended", actor=actor, reason=attention)


def _must_be_in_transaction() -> None:
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("lock the order first, in a transaction")
