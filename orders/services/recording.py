"""What every new order has, wherever it comes from: who buys, a hold, a history, and the mail that is owed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from background import logs
from background.inserting import insert
from orders.models import Order, OrderEmail, OrderEvent
from orders.tasks import send_order_confirmation_email


@dataclass(frozen=True)
class Customer:
    """Who buys, and where it goes: the checkout form's cleaned fields, named like Order's; `actor` who placed it."""

    address: Mapping[str, Any]
    language: str
    user_id: int | None = None
    wants_reminder: bool = False
    age_confirmed: bool = True
    actor: str = "shopper"


def columns_of(customer: Customer) -> dict[str, Any]:
    """The columns of a new order that tell of its customer, and how long it keeps its stock."""
    now = timezone.now()
    return {
        "customer_id": customer.user_id,
        "language": customer.language,
        "reminder_wanted": customer.wants_reminder,
        "age_confirmed_at": now if settings.SHOP_MINIMUM_AGE and customer.age_confirmed else None,
        "expires_at": now + timedelta(minutes=settings.ORDER_HOLD_MINUTES),
        **customer.address,
    }


def announce(order: Order, *, actor: str) -> None:
    """Begin a new order's history, and owe the mail that it was received. Once, in the transaction that makes it."""
    insert(OrderEvent(order=order, kind="placed", actor=actor))
    logs.about(order=order.number)
    insert(OrderEmail(order=order, kind=OrderEmail.Kind.RECEIVED, to=order.email))
    send_order_confirmation_email.nudge_on_commit(order.pk)
