"""The stock ledger in the admin, to read."""

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from shop.models import StockMovement


@admin.register(StockMovement)
class StockMovementAdmin(admin.ModelAdmin):
    """The ledger, to read."""

    list_display = ["at", "variant", "kind", "on_hand", "reserved", "reference", "actor"]
    list_filter = ["kind"]
    list_select_related = ["variant__product"]
    search_fields = ["variant__sku", "variant__product__name", "reference"]
    date_hierarchy = "at"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
