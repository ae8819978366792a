"""What happened to variants, in the admin, to read: the movements of their stock, and their prices."""

from django.conf import settings
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from shop.actors import who
from shop.models import PriceChange, StockMovement
from shop.money import format_money


class LedgerAdmin(admin.ModelAdmin):
    """Rows that were written once; nobody adds to them, changes or deletes them by hand."""

    list_select_related = ["variant__product"]
    date_hierarchy = "at"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(StockMovement)
class StockMovementAdmin(LedgerAdmin):
    list_display = ["at", "variant", "kind", "on_hand", "reserved", "reference", "who"]
    list_filter = ["kind"]
    search_fields = ["variant__sku", "variant__product__name", "reference"]
    exclude = ["actor"]
    readonly_fields = ["who"]

    @admin.display(description=_("who did it"), ordering="actor")
    def who(self, movement: StockMovement) -> str:
        return who(movement.actor)


@admin.register(PriceChange)
class PriceChangeAdmin(LedgerAdmin):
    list_display = ["at", "variant", "amount"]
    search_fields = ["variant__sku", "variant__product__name"]
    ordering = ["-at", "-pk"]

    @admin.display(description=_("Price"), ordering="price")
    def amount(self, change: PriceChange) -> str:
        return format_money(change.price, settings.SHOP_CURRENCY)
