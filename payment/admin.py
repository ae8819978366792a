"""What Stripe was asked, paid and told, for staff to read."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from .models import CheckoutAttempt, Payment, StripeEvent


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that only the machinery writes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    list_display = ["payment_intent", "order", "amount", "currency", "livemode", "captured_at"]
    list_select_related = ["order"]
    search_fields = ["payment_intent", "session_id", "order__number", "order__email"]
    date_hierarchy = "captured_at"


@admin.register(CheckoutAttempt)
class CheckoutAttemptAdmin(ReadOnlyAdmin):
    list_display = ["created", "order", "state", "session_id", "expires_at", "last_error"]
    list_filter = ["state"]
    list_select_related = ["order"]
    search_fields = ["session_id", "order__number", "idempotency_key"]


@admin.register(StripeEvent)
class StripeEventAdmin(ReadOnlyAdmin):
    list_display = ["received_at", "type", "object_id", "state", "attempts", "last_error"]
    list_filter = ["state", "type", "livemode"]
    search_fields = ["event_id", "object_id"]
