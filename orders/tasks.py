"""The order room's work for the worker: papers and mails, and the sweep for those that are overdue."""

from background.locks import sweep_lock
from background.task import background_task

from . import documents, emails, lookups
from .models import InvoicePdf, Order, OrderEmail

BATCH = 200
PER_CONNECTION = 20  # mails


@background_task(topic="mail.received", ignore_result=True)
def send_order_confirmation_email(order_id: int, customer_email: str | None = None) -> bool:
    """Send the mail that the order was received; `order_id` is the primary key. Whether it was sent now.

    `customer_email` overrides the order's address where no mail was owed yet. A second run sends nothing.
    """
    order = Order.objects.get(pk=order_id)
    mail, _created = OrderEmail.objects.get_or_create(
        order=order, kind=OrderEmail.Kind.RECEIVED, defaults={"to": customer_email or order.email}
    )
    return emails.deliver(mail.pk)


@background_task(topic="mail.order", ignore_result=True)
def send_order_email(order_email_id: int) -> bool:
    """Send one owed mail; whether it was sent now. A second run sends nothing."""
    return emails.deliver(order_email_id)


@background_task(topic="mail.batch")
def send_order_emails(order_email_ids: list[int]) -> int:
    """Send owed mails over one connection; how many were sent. A second run sends nothing twice."""
    return emails.deliver_all(order_email_ids)


@background_task(topic="default.invoice", ignore_result=True)
def make_document(invoice_id: int) -> bool:
    """Make the PDF of an invoice or a credit note; whether it was made now. A second run does nothing."""
    return documents.make(invoice_id)


@background_task(topic="mail.link", ignore_result=True)
def answer_lookup(lookup_id: int) -> None:
    """Owe somebody who looks for an order the mail with its link, if there is one. A second run does nothing."""
    lookups.answer(lookup_id)


@background_task(topic="default.sweep", ignore_result=True)
def sweep() -> None:
    """Nudge every paper, mail and answer that is overdue. Only one sweep runs at a time; twice does no harm."""
    with sweep_lock("orders") as held:
        if held:
            for pk in InvoicePdf.objects.due().order_by("not_before").values_list("pk", flat=True)[:BATCH]:
                make_document.nudge_on_commit(pk)
            mails = list(OrderEmail.objects.unsent().order_by("not_before").values_list("pk", flat=True)[:BATCH])
            for start in range(0, len(mails), PER_CONNECTION):
                send_order_emails.nudge_on_commit(mails[start : start + PER_CONNECTION])
            for pk in lookups.overdue():
                answer_lookup.nudge_on_commit(pk)
            lookups.forget_old()
