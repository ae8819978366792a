"""Shipping and tax, for staff to edit."""

from django.contrib import admin

from cart.models import ShippingMethod, ShippingPrice, TaxRate


class ShippingPriceInline(admin.TabularInline):
    model = ShippingPrice
    extra = 0


@admin.register(ShippingMethod)
class ShippingMethodAdmin(admin.ModelAdmin):
    list_display = ["name", "price", "free_from", "maximum_weight", "countries", "active"]
    inlines = [ShippingPriceInline]


@admin.register(TaxRate)
class TaxRateAdmin(admin.ModelAdmin):
    list_display = ["country", "region", "tax_class", "rate", "valid_from", "valid_until"]
    list_filter = ["tax_class", "country"]
    search_fields = ["country", "region"]
