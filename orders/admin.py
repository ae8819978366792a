"""Orders for staff, to read: money, stock and status move through services only."""

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet, Sum
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from shop.money import format_money

from . import transitions
from .models import LineItem, Order, OrderEmail, OrderEvent


class ReadOnlyInline(admin.TabularInline):
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        return False


class LineItemInline(ReadOnlyInline):
    model = LineItem
    fields = ["name", "label", "sku", "unit_price", "quantity", "total", "tax_rate", "tax"]


class OrderEventInline(ReadOnlyInline):
    model = OrderEvent
    fields = ["at", "kind", "actor", "reason"]
    readonly_fields = ["at"]


class OrderEmailInline(ReadOnlyInline):
    model = OrderEmail
    fields = ["kind", "to", "state", "attempts", "sent_at", "last_error"]


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    list_display = ["number", "created", "full_name", "email", "amount", "status", "units", "attention"]
    list_filter = ["status", "created", "country"]
    date_hierarchy = "created"
    search_fields = ["number", "email", "full_name", "line_items__sku"]
    inlines = [LineItemInline, OrderEventInline, OrderEmailInline]
    actions = ["looked_at"]

    @admin.action(description=_("Nothing calls for the chosen orders any more"), permissions=["attend"])
    def looked_at(self, request: HttpRequest, orders: QuerySet[Order]) -> None:
        for order in orders:
            with transaction.atomic():
                transitions.attended(transitions.lock(order.pk), actor=request.user.get_username())

    def has_attend_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("orders.change_order")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        return super().get_queryset(request).annotate(units=Sum("line_items__quantity"))

    @admin.display(description=_("total"), ordering="total")
    def amount(self, order: Order) -> str:
        return format_money(order.total, order.currency)

    @admin.display(description=_("units"), ordering="units")
    def units(self, order: Order) -> int:
        return order.units  # type: ignore[attr-defined]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        return False
