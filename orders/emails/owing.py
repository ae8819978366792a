"""Owes a mail: a row beside the fact that causes it, in the same transaction."""

from background.task import nudge
from orders.models import Order, OrderEmail


def owe(order: Order, kind: OrderEmail.Kind, *, reference: str = "", to: str = "", **facts: str) -> None:
    """Owe the order's customer a mail, and nudge its sending. A second call for the same fact owes nothing more.

    It goes to the order's address, or `to` another one. `reference` tells several facts of one kind apart. `facts` are
    words for the template, already in the order's language.
    """
    mail, created = OrderEmail.objects.get_or_create(
        order=order, kind=kind, reference=reference, defaults={"to": to or order.email, "facts": facts}
    )
    if created:
        nudge("orders.tasks.send_order_email", mail.pk)
