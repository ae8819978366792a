"""Staff edit shipping and tax here, and look at carts."""

from django.contrib import admin
from django.http import HttpRequest

from .models import Cart, CartLine, ShippingMethod, ShippingPrice, TaxRate


class ShippingPriceInline(admin.TabularInline):
    model = ShippingPrice
    extra = 0


@admin.register(ShippingMethod)
class ShippingMethodAdmin(admin.ModelAdmin):
    list_display = ["name", "price", "free_from", "countries", "active"]
    inlines = [ShippingPriceInline]


@admin.register(TaxRate)
class TaxRateAdmin(admin.ModelAdmin):
    list_display = ["country", "region", "tax_class", "rate", "valid_from", "valid_until"]
    list_filter = ["tax_class", "country"]


class CartLineInline(admin.TabularInline):
    model = CartLine
    extra = 0
    can_delete = False
    readonly_fields = ["variant", "quantity"]

    def has_add_permission(self, request: HttpRequest, obj: Cart | None = None) -> bool:
        return False


@admin.register(Cart)
class CartAdmin(admin.ModelAdmin):
    list_display = ["pk", "created", "updated", "closed_at"]
    readonly_fields = ["created", "updated", "closed_at"]
    inlines = [CartLineInline]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
