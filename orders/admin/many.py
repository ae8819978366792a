"""What staff do with many orders at once: ship them, take note of them, take them along as a file."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _, gettext_lazy, ngettext

from orders import exporting, services, transitions
from orders.forms import ShipManyForm
from orders.models import Order

MOST = 100  # orders that are shipped or noted at a time
LONGEST_ID = 18  # digits of a number that the database takes


class Many(admin.ModelAdmin):
    """The part of the orders' admin that is about the chosen ones."""

    def get_urls(self) -> list[URLPattern]:
        many = path("ship/", self.admin_site.admin_view(self.ship_many), name="orders_order_ship_many")
        return [many, *super().get_urls()]

    @admin.action(description=gettext_lazy("Ship the chosen orders"), permissions=["ship"])
    def ship_chosen(self, request: HttpRequest, orders: QuerySet[Order]) -> HttpResponse | None:
        if self._are_too_many(request, orders):
            return None
        chosen = [("order", pk) for pk in orders.order_by("created").values_list("pk", flat=True)]
        return redirect(f"{reverse('admin:orders_order_ship_many')}?{urlencode(chosen)}")

    def has_ship_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("orders.add_shipment")

    def ship_many(self, request: HttpRequest) -> HttpResponse:
        """Ship all that is left of the orders in `?order=`, a parcel each; needs the permission to add shipments."""
        if not self.has_ship_permission(request):
            raise PermissionDenied
        named = [pk for pk in request.GET.getlist("order")[:MOST] if pk.isdecimal() and len(pk) <= LONGEST_ID]
        chosen = Order.objects.filter(pk__in=named)
        to_pack = list(services.to_pack(chosen).order_by("created").prefetch_related("line_items"))
        form = ShipManyForm(request.POST or None, orders=to_pack)
        if to_pack and form.is_valid():
            self._ship(request, to_pack, form)
            return redirect("admin:orders_order_changelist")
        left_out = chosen.exclude(pk__in=[order.pk for order in to_pack]).order_by("created")
        context = {
            **self.admin_site.each_context(request),
            "title": _("Ship the chosen orders"),
            "form": form,
            "rows": [(order, form.tracking_of(order)) for order in to_pack],
            "left_out": [(order, services.why_not_to_ship(order)) for order in left_out],
        }
        return render(request, "admin/orders/order/ship_many.html", context)

    def _ship(self, request: HttpRequest, orders: list[Order], form: ShipManyForm) -> None:
        """Each in a transaction of its own: what cannot be shipped is named with the reason, and stops no other."""
        shipped = 0
        for order in orders:
            try:
                with transaction.atomic():
                    locked = transitions.lock(order.pk)
                    left = {item: item.units_to_ship for item in locked.line_items.all() if item.units_to_ship}
                    actor = request.user.get_username()
                    shipment = services.ship(locked, left, actor=actor, **form.parcel_of(order))
            except services.CannotShip as error:
                messages.error(request, _("%(order)s was not shipped: %(why)s") % {"order": order, "why": error})
                continue
            self.log_change(request, order, f"Shipped: {shipment}")
            shipped += 1
        if shipped:
            words = ngettext("%d order is shipped.", "%d orders are shipped.", shipped) % shipped
            messages.success(request, words + " " + _("The customers get a mail."))

    @admin.action(description=gettext_lazy("Nothing calls for the chosen orders any more"), permissions=["attend"])
    def looked_at(self, request: HttpRequest, orders: QuerySet[Order]) -> HttpResponse | None:
        """Shows what calls for somebody first; only then is it struck off."""
        calling = orders.exclude(attention="")
        if self._are_too_many(request, calling):
            return None
        if not calling.exists():
            messages.info(request, _("Nothing calls for any of the chosen orders."))
            return None
        if "confirmed" not in request.POST:
            context = {
                **self.admin_site.each_context(request),
                "title": _("Does nothing call for these orders any more?"),
                "orders": calling,
                "chosen": [order.pk for order in calling],
            }
            return render(request, "admin/orders/order/looked_at.html", context)
        for order in calling:
            with transaction.atomic():
                transitions.attended(transitions.lock(order.pk), actor=request.user.get_username())
            self.log_change(request, order, f"Looked at: {order.attention}"[:300])
        return None

    def has_attend_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("orders.change_order")

    @admin.action(description=gettext_lazy("The chosen orders as CSV"), permissions=["view"])
    def as_csv(self, request: HttpRequest, orders: QuerySet[Order]) -> StreamingHttpResponse:
        name = f"orders-{timezone.localdate():%Y-%m-%d}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return StreamingHttpResponse(exporting.lines(orders), content_type="text/csv; charset=utf-8", headers=headers)

    def _are_too_many(self, request: HttpRequest, orders: QuerySet[Any]) -> bool:
        if orders.count() <= MOST:
            return False
        messages.error(request, _("Choose at most %d orders at a time.") % MOST)
        return True
