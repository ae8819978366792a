"""Orders for staff, to read: money, stock and status move through services only."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import Model, QuerySet, Sum
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import get_language, gettext_lazy as _

from shop.money import format_money

from . import transitions
from .models import LineItem, Order, OrderEmail, OrderEvent


def _money(amount: Decimal, currency: str) -> str:
    return format_money(amount, currency, get_language() or "en")


class OrderForm(forms.ModelForm):
    """Never posted: what an order's columns are called on its page."""

    class Meta:
        model = Order
        fields: list[str] = []
        labels = {
            "attention": _("Why staff must look"),
            "full_name": _("Full name"),
            "address1": _("Address line 1"),
            "address2": _("Address line 2"),
            "expires_at": _("Stock kept until"),
            "payer_returned_at": _("Payer came back"),
            "paid_at": _("Paid on"),
            "created": _("Placed on"),
            "age_confirmed_at": _("Age confirmed"),
        }
        help_texts = {"attention": "", "expires_at": _("While it is unpaid."), "payer_returned_at": ""}


class ReadOnlyInline(admin.TabularInline):
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        return False


class LineItemInline(ReadOnlyInline):
    model = LineItem
    fields = ["name", "label", "sku", "each", "quantity", "sum", "rate", "contained_tax"]
    readonly_fields = ["each", "sum", "rate", "contained_tax"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        return super().get_queryset(request).select_related("order")

    @admin.display(description=_("unit price"))
    def each(self, item: LineItem) -> str:
        return _money(item.unit_price, item.order.currency)

    @admin.display(description=_("total"))
    def sum(self, item: LineItem) -> str:
        return _money(item.total, item.order.currency)

    @admin.display(description=_("tax rate"))
    def rate(self, item: LineItem) -> str:
        return f"{item.tax_rate.normalize():f} %"

    @admin.display(description=_("tax in it"))
    def contained_tax(self, item: LineItem) -> str:
        return _money(item.tax, item.order.currency)


class OrderEventInline(ReadOnlyInline):
    model = OrderEvent
    fields = ["at", "kind", "actor", "reason"]
    readonly_fields = ["at"]


class OrderEmailInline(ReadOnlyInline):
    model = OrderEmail
    fields = ["kind", "to", "state", "attempts", "sent_at", "last_error"]


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    form = OrderForm
    list_display = ["number", "must_look", "status", "amount", "units", "full_name", "created"]
    list_filter = ["status", "created", "country"]
    date_hierarchy = "created"
    search_fields = ["number", "email", "full_name", "line_items__sku"]
    inlines = [LineItemInline, OrderEventInline, OrderEmailInline]
    actions = ["looked_at"]
    fieldsets = [
        (
            None,
            {"fields": ["number", "status", "customers_page", "created", "expires_at", "payer_returned_at", "paid_at"]},
        ),
        (_("Amounts"), {"fields": ["subtotal_shown", "discount_shown", "shipping_shown", "amount", "tax_shown"]}),
        (
            _("Ship to"),
            {"fields": ["full_name", "address1", "address2", "postcode", "city", "region", "country_shown"]},
        ),
        (_("Contact"), {"fields": ["email", "phone", "language", "age_confirmed_at", "customer"]}),
    ]
    readonly_fields = [
        "number", "status", "customers_page", "created", "customer",
        "subtotal_shown", "discount_shown", "shipping_shown", "amount", "tax_shown", "country_shown",
    ]  # fmt: skip

    @admin.action(description=_("Nothing calls for the chosen orders any more"), permissions=["attend"])
    def looked_at(self, request: HttpRequest, orders: QuerySet[Order]) -> None:
        for order in orders:
            with transaction.atomic():
                transitions.attended(transitions.lock(order.pk), actor=request.user.get_username())

    def has_attend_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("orders.change_order")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        return super().get_queryset(request).annotate(units=Sum("line_items__quantity"))

    def get_fieldsets(self, request: HttpRequest, obj: Order | None = None) -> Any:
        """What staff must look at stands first, where there is anything."""
        fieldsets = super().get_fieldsets(request, obj)
        return [(_("Attention"), {"fields": ["attention"]}), *fieldsets] if obj and obj.attention else fieldsets

    @admin.display(description=_("attention"), ordering="attention")
    def must_look(self, order: Order) -> str:
        return Truncator(order.attention).chars(70)

    @admin.display(description=_("units"), ordering="units")
    def units(self, order: Order) -> int:
        return order.units  # type: ignore[attr-defined]

    @admin.display(description=_("The customer’s page"))
    def customers_page(self, order: Order) -> str:
        return format_html('<a href="{0}">{0}</a>', order.get_absolute_url())

    @admin.display(description=_("Country"))
    def country_shown(self, order: Order) -> str:
        return order.country_name

    @admin.display(description=_("Subtotal"))
    def subtotal_shown(self, order: Order) -> str:
        return _money(order.subtotal, order.currency)

    @admin.display(description=_("Discount"))
    def discount_shown(self, order: Order) -> str:
        return _money(order.discount, order.currency)

    @admin.display(description=_("Shipping"))
    def shipping_shown(self, order: Order) -> str:
        name = f" ({order.shipping_name})" if order.shipping_name else ""
        return _money(order.shipping, order.currency) + name

    @admin.display(description=_("total"), ordering="total")
    def amount(self, order: Order) -> str:
        return _money(order.total, order.currency)

    @admin.display(description=_("Tax included"))
    def tax_shown(self, order: Order) -> str:
        return _money(order.tax, order.currency)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        return False
