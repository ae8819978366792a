"""Issues papers: the number and all that the paper says, in the transaction of the fact.

The PDF is made by whoever needs it first, which is mostly the mail that it travels with; else the sweep has it made.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Sum
from django.utils import timezone

from orders.models import Invoice, InvoicePdf, LineItem, Order

from . import content, numbers

Kind = Invoice.Kind


def issue_invoice(order: Order) -> Invoice:
    """The invoice of a locked, paid order; issued now where it has none. Call it last: it locks the counter."""
    known = order.invoices.filter(kind=Kind.INVOICE).first()
    return known or _issue(
        order, Kind.INVOICE, prefix=settings.INVOICE_PREFIX, total=order.total, content=content.of_invoice(order)
    )


def issue_credit_note(
    order: Order,
    amount: Decimal,
    *,
    reference: str,
    units: Mapping[LineItem, int] | None = None,
) -> Invoice | None:
    """Correct a locked order's invoice by `amount`, tax included, in the order's currency; `units` are named on it.

    None where there is nothing to correct: no invoice, or nothing of it left. At most what is left is credited. A
    second call with the same `reference` returns the first. Call it last: it locks the counter.
    """
    known = credit_note_of(order, reference)
    invoice = order.invoices.filter(kind=Kind.INVOICE).first()
    if known or invoice is None:
        return known
    before = list(invoice.credit_notes.all())
    amount = min(amount, invoice.total - sum((note.total for note in before), Decimal(0)))
    if amount <= 0:
        return None
    words = content.of_credit_note(invoice, amount, before=before, units=units or {})
    return _issue(
        order,
        Kind.CREDIT_NOTE,
        prefix=settings.CREDIT_NOTE_PREFIX,
        total=amount,
        content=words,
        corrects=invoice,
        reference=reference,
    )


def credit_note_of(order: Order, reference: str) -> Invoice | None:
    """The credit note that was issued for this refund, if any."""
    return order.invoices.filter(kind=Kind.CREDIT_NOTE, reference=reference).first()


def credited(order: Order) -> Decimal:
    """How much of the order's invoice was credited so far, tax included."""
    notes = order.invoices.filter(kind=Kind.CREDIT_NOTE)
    return notes.aggregate(sum=Sum("total"))["sum"] or Decimal(0)


def _issue(order: Order, kind: Invoice.Kind, *, prefix: str, content: dict[str, Any], **values: Any) -> Invoice:
    today = timezone.localdate()
    series = f"{prefix}{today.year}"
    position = numbers.take(series)
    invoice = Invoice.objects.create(
        order=order,
        kind=kind,
        series=series,
        position=position,
        number=f"{series}-{position:05d}",
        issued_on=today,
        currency=order.currency,
        content=content,
        **values,
    )
    InvoicePdf.objects.create(invoice=invoice)
    return invoice
