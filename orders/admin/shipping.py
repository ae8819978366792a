"""Staff send parcels and note that they arrived: each a page that asks, with a permission and the order's history."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from orders import services, transitions
from orders.forms import DeliveredForm, ShipForm
from orders.models import Order, Shipment, is_to_ship


class Shipping(admin.ModelAdmin):
    """The part of the orders' admin that is about parcels."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/ship/", view(self.ship), name="orders_order_ship"),
            path("<int:pk>/delivered/<int:shipment_pk>/", view(self.delivered), name="orders_order_delivered"),
            *super().get_urls(),
        ]

    def ship(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ship units of an order; needs the permission to add shipments."""
        if not request.user.has_perm("orders.add_shipment"):
            raise PermissionDenied
        order = get_object_or_404(Order.objects.prefetch_related("line_items"), pk=pk)
        form = ShipForm(request.POST or None, order=order)
        if form.is_valid() and self._shipped(request, order, form):
            return redirect("admin:orders_order_change", pk)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Ship order %s") % order,
            "order": order,
            "form": form,
            "why_not": services.why_not_to_ship(order),
        }
        return render(request, "admin/orders/order/ship.html", context)

    def _shipped(self, request: HttpRequest, order: Order, form: ShipForm) -> bool:
        parcel = {name: form.cleaned_data[name] for name in ("carrier", "tracking", "tracking_url")}
        try:
            with transaction.atomic():
                locked = transitions.lock(order.pk)
                shipment = services.ship(locked, form.units, actor=request.user.get_username(), **parcel)
        except services.CannotShip as error:
            form.add_error(None, str(error))
            return False
        self.log_change(request, order, f"Shipped: {shipment}")
        messages.success(request, _("Shipped. The customer gets a mail."))
        return True

    def delivered(self, request: HttpRequest, pk: int, shipment_pk: int) -> HttpResponse:
        """Note that a parcel arrived; needs the permission to change shipments."""
        if not request.user.has_perm("orders.change_shipment"):
            raise PermissionDenied
        shipment = get_object_or_404(Shipment.objects.select_related("order"), pk=shipment_pk, order_id=pk)
        form = DeliveredForm(request.POST or None, initial={"delivered_at": timezone.localtime()})
        if form.is_valid():
            with transaction.atomic():
                actor, at = request.user.get_username(), form.cleaned_data["delivered_at"]
                noted = services.mark_delivered(shipment, actor=actor, at=at)
            if noted:
                self.log_change(request, shipment.order, f"Delivered: {shipment}")
            messages.success(request, _("Noted that the parcel has arrived."))
            return redirect("admin:orders_order_change", pk)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Has the parcel arrived?"),
            "order": shipment.order,
            "shipment": shipment,
            "form": form,
        }
        return render(request, "admin/orders/order/delivered.html", context)


class AttentionFilter(admin.SimpleListFilter):
    """What calls for somebody."""

    title = gettext_lazy("attention")
    parameter_name = "attention"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("calls for somebody"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        return queryset.exclude(attention="") if self.value() == "yes" else queryset


class ShippingFilter(admin.SimpleListFilter):
    """What calls for a parcel, and what does not."""

    title = gettext_lazy("shipping")
    parameter_name = "shipping"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("to_pack", _("to pack now")),
            ("to_ship", _("to ship")),
            ("held", _("on hold")),
            ("shipped", _("shipped")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        if self.value() == "to_pack":
            return services.to_pack(queryset)
        if self.value() == "to_ship":
            return queryset.filter(is_to_ship())
        if self.value() == "held":
            return queryset.exclude(hold_shipping="")
        if self.value() == "shipped":
            return queryset.filter(status=Order.Status.PAID).exclude(pk__in=Order.objects.to_ship())
        return queryset
