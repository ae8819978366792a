"""Makes the PDF of a paper once, and keeps its bytes. Only this file writes InvoicePdf after it was issued."""

from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from orders.models import Invoice, InvoicePdf

from .paper import drawn

FIRST_RETRY = timedelta(seconds=15)
LONGEST_RETRY = timedelta(hours=1)


def pdf_of(invoice: Invoice) -> bytes:
    """The paper's bytes, the same each time. Made now where no worker was faster; raises what drawing raises."""
    stored = InvoicePdf.objects.get(pk=invoice.pk)
    if stored.data is None:
        make(invoice.pk)
        stored.refresh_from_db()
    return bytes(stored.data or b"")


def make(invoice_id: int) -> bool:
    """Draw the paper with this pk and keep its bytes; whether that was done now.

    Two calls at once draw the same bytes, and one is kept. A failure is raised after the next try has been set.
    """
    waiting = InvoicePdf.objects.filter(pk=invoice_id, made_at=None)
    stored = waiting.select_related("invoice").first()
    if stored is None:
        return False
    try:
        data = drawn(stored.invoice)
    except Exception as error:
        wait = min(FIRST_RETRY * 2**stored.attempts, LONGEST_RETRY)
        waiting.update(
            attempts=F("attempts") + 1,
            not_before=timezone.now() + wait,
            last_error=f"{type(error).__name__}: {error}"[:300],
        )
        raise
    return bool(waiting.update(data=data, made_at=timezone.now(), last_error=""))
