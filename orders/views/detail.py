"""The order's page. An order is named by its token; who knows the token may see the order."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from orders import services
from orders.models import Invoice, Order, Shipment

SHOWN = ("line_items", "events", "emails", "shipments__lines__line_item", "withdrawals__lines__line_item")
PAPERS = Prefetch("invoices", Invoice.objects.select_related("pdf").defer("content", "pdf__data"))


@dataclass(frozen=True)
class Step:
    """One step of an order's timeline; `when` is None before it is taken, `is_soon` if that is a matter of seconds."""

    label: str
    when: datetime | None = None
    is_soon: bool = False
    link: str = ""


@never_cache
@require_safe
def order_detail(request: HttpRequest, token: str) -> HttpResponse:
    """The order's page; asked by htmx, only the parts that change by themselves."""
    order = get_object_or_404(Order.objects.prefetch_related(*SHOWN, PAPERS), token=token)
    context = {
        "order": order,
        "line_items": order.line_items.all(),
        "events": order.events.all(),
        "emails": order.emails.all(),
        "steps": list(_steps(order)),
        "confirming": order.is_being_confirmed,
        "may_pay": order.is_payable,
        "may_cancel": order.status == Order.Status.PENDING,
        "may_withdraw": order.status in services.CONCLUDED and bool(services.withdrawable_units(order)),
    }
    fragment = request.headers.get("HX-Request") == "true"
    return render(request, "orders/_fragment.html" if fragment else "orders/detail.html", context)


def _steps(order: Order) -> Iterator[Step]:
    receipt = next((mail for mail in order.emails.all() if mail.kind == mail.Kind.RECEIPT), None)
    made_at = next((invoice.pdf.made_at for invoice in order.invoices.all() if not invoice.is_credit_note), None)
    yield Step(_("Order received"), order.created)
    yield Step(_("Payment confirmed"), order.paid_at, is_soon=True)
    yield Step(_("Invoice made"), made_at, is_soon=True)
    yield Step(_("Receipt sent by email"), receipt.sent_at if receipt else None, is_soon=True)
    for shipment in order.shipments.all():
        yield from _parcel(shipment)
    if order.is_packed_next:
        yield Step(_("The rest is shipped") if order.shipments.all() else _("Shipped"))


def _parcel(shipment: Shipment) -> Iterator[Step]:
    name = shipment.carrier_name
    left = _("A parcel left with %s.") % name if name else _("A parcel left.")
    if shipment.tracking_number:
        number = _("Number %s.") % shipment.tracking_number
        left = f"{left} {number}"
    yield Step(left, shipment.shipped_at, link=shipment.tracking_link)
    yield Step(_("It arrived"), shipment.delivered_at)
