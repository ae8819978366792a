"""Owes a mail: a row beside the fact that causes it, in the same transaction."""

import hashlib
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from background.inserting import insert_new
from background.task import nudge
from orders.models import Order, OrderEmail

AT_ONCE = timedelta(0)


def owe(
    order: Order,
    kind: OrderEmail.Kind,
    *,
    reference: str = "",
    to: str = "",
    after: timedelta = AT_ONCE,
    **facts: str,
) -> None:
    """Owe the order's customer a mail, and nudge its sending. A second call for the same fact owes nothing more.

    It goes to the order's address, or `to` another one, not before `after`. `reference` tells several facts of one kind
    apart. `facts` are words for the template, already in the order's language.
    """
    due = timezone.now() + after
    mail = OrderEmail(
        order=order,
        kind=kind,
        reference=reference,
        to=to or order.email,
        facts=facts,
        not_before=due,
        round_began=due,
    )
    if insert_new(mail) and not after:
        nudge("orders.tasks.send_order_email", mail.pk)


def owe_staff(order: Order, kind: OrderEmail.Kind, *, what: str = "") -> None:
    """Owe each member of staff who is to be told (STAFF_RECIPIENTS, else ADMINS) a mail about an order.

    `what` is a sentence that tells several mails of one kind apart: the same sentence is owed once.
    """
    for address in settings.STAFF_RECIPIENTS or [address for _name, address in settings.ADMINS]:
        digest = hashlib.blake2b(f"{what} {address}".encode(), digest_size=12).hexdigest()
        owe(order, kind, reference=digest, to=address, what=what)
