"""Who waits for what is sold out: what to order next, and mails that do not leave."""

from django.contrib import admin
from django.http import HttpRequest

from cart.models import StockAlert


@admin.register(StockAlert)
class StockAlertAdmin(admin.ModelAdmin):
    """To look at and to delete: only shoppers ask for alerts."""

    list_display = ["variant", "email", "language", "created", "attempts", "last_error"]
    list_select_related = ["variant__product"]
    search_fields = ["email", "variant__sku", "variant__product__name"]
    date_hierarchy = "created"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: StockAlert | None = None) -> bool:
        return False
