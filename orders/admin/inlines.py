"""What hangs on an order, as tables on its page: to read."""

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from orders import history
from orders.models import LineItem, Order, OrderEvent
from shop.actors import who
from shop.money import format_money


def badge(words: object, tone: str) -> str:
    """Words in a frame; the tone (good, warn, bad, quiet) only colours what they say anyway."""
    return format_html('<span class="badge badge-{}">{}</span>', tone, words)


class ReadOnlyInline(admin.TabularInline):
    template = "admin/orders/order/_table.html"
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        return False


class LineItemInline(ReadOnlyInline):
    model = LineItem
    fields = ["name", "label", "sku", "each", "quantity", "to_ship", "sum", "rate", "contained_tax"]
    readonly_fields = ["each", "to_ship", "sum", "rate", "contained_tax"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        return super().get_queryset(request).select_related("order")

    @admin.display(description=_("unit price"))
    def each(self, item: LineItem) -> str:
        return format_money(item.unit_price, item.order.currency)

    @admin.display(description=_("to ship"))
    def to_ship(self, item: LineItem) -> int:
        return item.units_to_ship

    @admin.display(description=_("total"))
    def sum(self, item: LineItem) -> str:
        return format_money(item.total, item.order.currency)

    @admin.display(description=_("tax rate"))
    def rate(self, item: LineItem) -> str:
        return f"{item.tax_rate.normalize():f} %"

    @admin.display(description=_("tax"))
    def contained_tax(self, item: LineItem) -> str:
        return format_money(item.tax, item.order.currency)


class OrderEventInline(ReadOnlyInline):
    model = OrderEvent
    verbose_name_plural = _("history")
    fields = ["at", "what", "who", "why"]
    readonly_fields = ["at", "what", "who", "why"]

    @admin.display(description=_("what happened"))
    def what(self, event: OrderEvent) -> str:
        return history.what(event)

    @admin.display(description=_("who did it"))
    def who(self, event: OrderEvent) -> str:
        return who(event.actor)

    @admin.display(description=_("reason"))
    def why(self, event: OrderEvent) -> str:
        return history.why(event)
