"""The admin's page that erases a customer, once asked whether that is meant."""

from typing import cast

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from orders import services as orders
from orders.models import Order

from .erasure import erase_customer


@admin.site.admin_view
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest, number: str) -> HttpResponse:
    """Erase whoever made this order, with all their orders; needs the permission to delete orders."""
    if not request.user.has_perm("orders.delete_order"):
        raise PermissionDenied
    order = get_object_or_404(Order, number=number)
    known = orders.orders_of(order.email)
    why_not = next(filter(None, map(orders.why_not_to_erase, known)), "")
    if request.method == "POST" and not why_not:
        try:
            erased = erase_customer(order.email, actor=request.user.get_username())
        except orders.CannotErase as error:
            why_not = str(error)
        else:
            by = cast(User, request.user).pk  # only staff come here
            LogEntry.objects.log_actions(by, [order], CHANGE, "Erased the customer", single_object=True)
            messages.success(request, _("Erased from %d orders. Invoices stay, as the law asks.") % erased.orders)
            return redirect("admin:orders_order_change", order.pk)
    facts = {"order": order, "known": known, "why_not": why_not}
    title = _("Erase the customer of order %s") % order
    context = {**admin.site.each_context(request), "title": title, **facts}
    return render(request, "admin/backoffice/erase.html", context)
