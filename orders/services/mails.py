"""A mail that an order owes its customer: the row is the promise."""

from orders.models import Order, OrderEmail
from orders.tasks import send_order_email


def owe_email(order: Order, kind: OrderEmail.Kind, *, reference: str = "", **facts: str) -> None:
    """Owe the order's customer a mail, and nudge its sending. A second call for the same fact owes nothing more."""
    mail, created = OrderEmail.objects.get_or_create(
        order=order, kind=kind, reference=reference, defaults={"to": order.email, "facts": facts}
    )
    if created:
        send_order_email.nudge_on_commit(mail.pk)
