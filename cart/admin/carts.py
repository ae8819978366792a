"""Carts, to look at."""

from django.contrib import admin
from django.http import HttpRequest

from cart.models import Cart, CartLine


class CartLineInline(admin.TabularInline):
    model = CartLine
    extra = 0
    can_delete = False
    readonly_fields = ["variant", "name", "quantity", "shown_price"]

    def has_add_permission(self, request: HttpRequest, obj: Cart | None = None) -> bool:
        return False


@admin.register(Cart)
class CartAdmin(admin.ModelAdmin):
    list_display = ["id", "created", "updated", "closed_at"]
    fields = ["created", "updated", "closed_at", "country", "method", "coupon_codes"]
    readonly_fields = ["created", "updated", "closed_at", "country", "method", "coupon_codes"]
    inlines = [CartLineInline]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
