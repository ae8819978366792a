"""What waits for staff: how much of it, and the page where it is dealt with."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from background.models import DeadLetter
from background.row_counts import counts
from messager.models import Message
from orders import services as orders
from orders.models import Order, OrderEmail
from payment.models import Dispute, Refund, StripeEvent

MOST = 100  # rows that are counted


@dataclass(frozen=True)
class Waiting:
    """Rows that call for somebody. `number` is "12", or "100+"."""

    what: str
    number: str
    url: str


@dataclass(frozen=True)
class Kind:
    """A kind of rows that may wait: for those with the permission, on the list at this address."""

    what: Promise | str
    permission: str
    rows: Callable[[], QuerySet[Any]]
    page: str
    query: str = ""

    @property
    def url(self) -> str:
        return reverse(f"admin:{self.page}_changelist") + self.query


KINDS = [
    Kind(
        _("Orders that call for somebody"),
        "orders.view_order",
        lambda: Order.objects.exclude(attention=""),
        "orders_order",
        "?attention=yes",
    ),
    Kind(
        _("Orders to pack and ship"),
        "orders.view_order",
        lambda: orders.to_pack(Order.objects.all()),
        "orders_order",
        "?shipping=to_pack",
    ),
    Kind(
        _("Disputes to answer"),
        "payment.view_dispute",
        lambda: Dispute.objects.filter(state__in=["needs_response", "warning_needs_response"]),
        "payment_dispute",
    ),
    Kind(
        _("Refunds that wait for the customer"),
        "payment.view_refund",
        lambda: Refund.objects.filter(state=Refund.State.REQUIRES_ACTION),
        "payment_refund",
        "?state__exact=requires_action",
    ),
    Kind(
        _("Mails that could not be delivered"),
        "orders.view_orderemail",
        lambda: OrderEmail.objects.filter(state=OrderEmail.State.PARKED),
        "orders_orderemail",
        "?state__exact=parked",
    ),
    Kind(
        _("Messages that could not be passed on"),
        "messager.view_message",
        lambda: Message.objects.filter(state=Message.State.PARKED),
        "messager_message",
        "?state__exact=parked",
    ),
    Kind(
        _("Stripe events that were given up"),
        "payment.view_stripeevent",
        lambda: StripeEvent.objects.filter(state=StripeEvent.State.PARKED),
        "payment_stripeevent",
        "?state__exact=parked",
    ),
    Kind(
        _("Work that no worker survived"),
        "background.view_deadletter",
        lambda: DeadLetter.objects.filter(state=DeadLetter.State.PARKED),
        "background_deadletter",
        "?state__exact=parked",
    ),
]


def waiting_for(user: User | AnonymousUser) -> Iterator[Waiting]:
    """What waits and this member of staff may see. One query, whether anything waits or not."""
    kinds = [kind for kind in KINDS if user.has_perm(kind.permission)]
    for kind, number in zip(kinds, counts([kind.rows() for kind in kinds], MOST + 1), strict=True):
        if number:
            yield Waiting(str(kind.what), f"{MOST}+" if number > MOST else str(number), kind.url)
