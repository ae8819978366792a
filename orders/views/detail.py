"""The order's page. An order is named by its token; who knows the token may see the order."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from orders.models import Order


@never_cache
@require_safe
def order_detail(request: HttpRequest, token: str) -> HttpResponse:
    """The order's page; asked by htmx, only the part that changes by itself."""
    order = get_object_or_404(Order.objects.prefetch_related("line_items", "events", "emails"), token=token)
    context = {
        "order": order,
        "line_items": order.line_items.all(),
        "events": order.events.all(),
        "emails": order.emails.all(),
        "steps": _steps(order),
        "confirming": order.is_being_confirmed,
        "may_pay": order.is_payable,
        "may_cancel": order.status == Order.Status.PENDING,
    }
    fragment = request.headers.get("HX-Request") == "true"
    return render(request, "orders/_fragment.html" if fragment else "orders/detail.html", context)


def _steps(order: Order) -> list[tuple[str, bool, Any]]:
    """(what, whether it is done, when) for the steps that follow a payment."""
    receipt = next((mail for mail in order.emails.all() if mail.kind == mail.Kind.RECEIPT), None)
    return [
        (_("Order received"), True, order.created),
        (_("Payment confirmed"), order.paid_at is not None, order.paid_at),
        (_("Receipt sent by email"), bool(receipt and receipt.sent_at), receipt and receipt.sent_at),
    ]
