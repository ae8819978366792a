"""Invoices and credit notes to download, for whoever knows the order's token."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from orders import documents
from orders.models import Invoice


@never_cache
@require_safe
def order_invoice(request: HttpRequest, token: str) -> HttpResponse:
    """The order's invoice; 404 while it is unpaid."""
    return pdf_answer(get_object_or_404(Invoice, order__token=token, kind=Invoice.Kind.INVOICE))


@never_cache
@require_safe
def order_credit_note(request: HttpRequest, token: str, number: str) -> HttpResponse:
    """One of the order's credit notes."""
    return pdf_answer(get_object_or_404(Invoice, order__token=token, number=number, kind=Invoice.Kind.CREDIT_NOTE))


def pdf_answer(invoice: Invoice) -> HttpResponse:
    """The paper itself, to be shown and saved under its number."""
    headers = {"Content-Disposition": f'inline; filename="{invoice.file_name}"', "X-Robots-Tag": "noindex"}
    return HttpResponse(documents.pdf_of(invoice), content_type="application/pdf", headers=headers)
