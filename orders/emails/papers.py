"""The paper that travels with a mail: the receipt's invoice, the refund's credit note."""

import logging
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from orders import documents
from orders.models import Invoice, OrderEmail

log = logging.getLogger(__name__)

PATIENCE = timedelta(minutes=10)  # a mail waits so long for a paper that cannot be drawn, then it goes without


@dataclass(frozen=True)
class Paper:
    """A PDF to attach."""

    number: str
    name: str
    data: bytes


def paper_of(mail: OrderEmail) -> Paper | None:
    """The paper that belongs to this mail, if any. Raises what drawing raises, while the mail still waits for it."""
    papers = mail.order.invoices.all()
    if mail.kind == OrderEmail.Kind.RECEIPT:
        invoice = papers.filter(kind=Invoice.Kind.INVOICE).first()
    elif mail.kind == OrderEmail.Kind.REFUNDED:
        invoice = papers.filter(kind=Invoice.Kind.CREDIT_NOTE, reference=mail.reference).first()
    else:
        return None
    if invoice is None:
        return None
    try:
        return Paper(invoice.number, invoice.file_name, documents.pdf_of(invoice))
    except Exception:
        if timezone.now() < mail.round_began + PATIENCE:
            raise
        log.exception("a mail goes without its paper %s, which an alarm is about", invoice.number)
        return None
