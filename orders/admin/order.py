"""Orders for staff, to read: money, stock and status move through services only."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, QuerySet, prefetch_related_objects
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from orders.models import LineItem, Order
from orders.sentences import in_language
from shop import dates
from shop.money import format_money

from .correcting import Correcting
from .documents import InvoiceInline, PackingSlips
from .emails import OrderEmailInline
from .inlines import LineItemInline, OrderEventInline, badge
from .many import Many
from .places import CountryFilter
from .shipping import AttentionFilter, Shipping, ShippingFilter

Status = Order.Status
TONES = {
    Status.PENDING: "warn",
    Status.PROCESSING: "warn",
    Status.PAID: "good",
    Status.CANCELED: "quiet",
    Status.EXPIRED: "quiet",
}


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


class OrderList(ChangeList):
    """Says how many orders were found; of how many there are it needs no second count."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not self.query and not self.get_filters_params():
            self.full_result_count = self.result_count


@admin.register(Order)
class OrderAdmin(Many, PackingSlips, Shipping, Correcting):
    class Media:
        css: ClassVar = {"all": ["css/orders-admin.css"]}

    form = OrderForm
    list_display = ["number", "status_badge", "shipping_badge", "placed", "full_name", "amount", "units", "must_look"]
    list_filter = [AttentionFilter, "status", ShippingFilter, "created", CountryFilter]
    list_per_page = 50
    show_full_result_count = False  # it counts every order for each page of some
    date_hierarchy = "created"
    search_fields = ["number", "email", "full_name", "line_items__sku"]  # see get_search_results
    inlines = [LineItemInline, OrderEventInline, InvoiceInline, OrderEmailInline]
    actions = ["packing_slips", "ship_chosen", "looked_at", "as_csv"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("number", "status"),
                    "customers_page",
                    ("created", "paid_at"),
                    ("expires_at", "payer_returned_at"),
                ]
            },
        ),
        (
            _("Amounts"),
            {"fields": [("subtotal_shown", "discount_shown"), "shipping_shown", ("amount", "tax_shown")]},
        ),
        (
            _("Ship to"),
            {"fields": ["full_name", ("address1", "address2"), ("postcode", "city"), ("region", "country_shown")]},
        ),
        (
            _("Contact"),
            {"fields": [("email", "phone"), ("language", "reminder_wanted"), ("age_confirmed_at", "customer")]},
        ),
    ]
    readonly_fields = [
        "number", "status", "customers_page", "created", "customer",
        "subtotal_shown", "discount_shown", "shipping_shown", "amount", "tax_shown", "country_shown",
    ]  # fmt: skip

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return OrderList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        """By number, else by part of the email or name, or by the SKU of an article in it. Joins nothing."""
        term = search_term.strip()
        if not term:
            return queryset, False
        named = queryset.filter(number=term.upper())
        if named.exists():
            return named, False
        with_article = LineItem.objects.filter(variant__sku__iexact=term).values("order")
        found = Q(email__icontains=term) | Q(full_name__icontains=term) | Q(pk__in=with_article)
        return queryset.filter(found | Q(number__istartswith=term)), False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        return super().get_queryset(request).prefetch_related("line_items")

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Order | None:
        """With its parcels, which the list does not show."""
        order = super().get_object(request, object_id, from_field)
        if order:
            prefetch_related_objects([order], "shipments__lines__line_item")
        return order

    def get_fieldsets(self, request: HttpRequest, obj: Order | None = None) -> Any:
        """What staff must look at stands first, where there is anything."""
        fieldsets = super().get_fieldsets(request, obj)
        return [(_("Attention"), {"fields": ["attention"]}), *fieldsets] if obj and obj.attention else fieldsets

    @admin.display(description=_("attention"), ordering="attention")
    def must_look(self, order: Order) -> str:
        return Truncator(in_language(order.attention)).chars(70)

    @admin.display(description=_("placed"), ordering="created")
    def placed(self, order: Order) -> str:
        return f"{dates.day(order.created, 'medium')}, {dates.time_of_day(order.created)}"

    @admin.display(description=_("status"), ordering="status")
    def status_badge(self, order: Order) -> str:
        status = badge(order.get_status_display(), TONES[Order.Status(order.status)])
        return format_html("{} {}", status, badge(_("calls for somebody"), "bad")) if order.attention else status

    @admin.display(description=_("shipping"))
    def shipping_badge(self, order: Order) -> str:
        """In words; empty for an order that is not to be shipped."""
        if order.status != Order.Status.PAID or not order.has_goods:
            return ""
        if order.hold_shipping:
            return badge(_("on hold"), "bad")
        return badge(order.fulfilment.label, "good" if order.fulfilment == Order.Fulfilment.FULFILLED else "warn")

    @admin.display(description=_("units"))
    def units(self, order: Order) -> int:
        return sum(item.quantity for item in order.line_items.all())

    @admin.display(description=_("The customer’s page"))
    def customers_page(self, order: Order) -> str:
        return format_html('<a href="{0}">{0}</a>', order.get_absolute_url())

    @admin.display(description=_("Country"))
    def country_shown(self, order: Order) -> str:
        return order.country_name

    @admin.display(description=_("Subtotal"))
    def subtotal_shown(self, order: Order) -> str:
        return format_money(order.subtotal, order.currency)

    @admin.display(description=_("Discount"))
    def discount_shown(self, order: Order) -> str:
        codes = f" ({', '.join(order.coupon_codes)})" if order.coupon_codes else ""
        return format_money(order.discount, order.currency) + codes

    @admin.display(description=_("Shipping"))
    def shipping_shown(self, order: Order) -> str:
        name = f" ({order.shipping_name})" if order.shipping_name else ""
        return format_money(order.shipping, order.currency) + name

    @admin.display(description=_("total"), ordering="total")
    def amount(self, order: Order) -> str:
        return format_money(order.total, order.currency)

    @admin.display(description=_("Tax"))
    def tax_shown(self, order: Order) -> str:
        how = _("included") if order.prices_include_tax else _("added to the prices")
        return f"{format_money(order.tax, order.currency)} ({how})"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        return False
