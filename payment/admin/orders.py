"""The orders' admin with what this room knows of them: what became of the money, and Stripe's ids in the search."""

import re
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from orders.admin import OrderAdmin
from orders.admin.inlines import badge
from orders.models import Order
from payment.models import Payment
from payment.templatetags.payments import Money

STRIPE_ID = re.compile(r"(pi|cs|re|pyr|ch|du|dp)_\w{3,250}")

admin.site.unregister(Order)


class MoneyFilter(admin.SimpleListFilter):
    """Orders that some money came for, and those of which some went back."""

    title = _("money")
    parameter_name = "money"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("paid", _("paid")), ("refunded", _("given back, in part or whole")), ("disputed", _("disputed"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        found = {
            "paid": Payment.objects.all(),
            "refunded": Payment.objects.filter(refunds__state__in=["new", "pending", "requires_action", "succeeded"]),
            "disputed": Payment.objects.filter(disputes__isnull=False),
        }.get(self.value() or "")
        return queryset if found is None else queryset.filter(pk__in=found.values("order"))


@admin.register(Order)
class OrderWithMoneyAdmin(OrderAdmin):
    list_filter = [*OrderAdmin.list_filter, MoneyFilter]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        return super().get_queryset(request).prefetch_related("payments__refunds", "payments__disputes")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        """As there, and by the id of a payment, session, refund or dispute."""
        term = search_term.strip()
        if not STRIPE_ID.fullmatch(term):
            return super().get_search_results(request, queryset, search_term)
        paid = Payment.objects.filter(
            Q(payment_intent=term) | Q(session_id=term) | Q(refunds__refund_id=term) | Q(disputes__dispute_id=term)
        )
        asked = Order.objects.filter(checkout_attempts__session_id=term)
        return queryset.filter(Q(pk__in=paid.values("order")) | Q(pk__in=asked.values("pk"))), False

    @admin.display(description=_("status"), ordering="status")
    def status_badge(self, order: Order) -> str:
        """As there, and beside it what became of the money, unless it is simply here."""
        return format_html("{} {}", super().status_badge(order), _money_badge(order))


def _money_badge(order: Order) -> str:
    payments = list(order.payments.all())
    money = Money(order, payments)
    if any(dispute.is_open for payment in payments for dispute in payment.disputes.all()):
        return badge(_("disputed"), "bad")
    if money.is_refunded:
        return badge(_("given back"), "quiet")
    return badge(_("partly given back"), "warn") if money.refunded else ""
