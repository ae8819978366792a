"""What Stripe was asked, paid, gave back and told: for staff to read."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _, gettext_lazy

from orders import services as orders, transitions
from orders.sentences import in_language
from payment import handlers
from payment.models import CheckoutAttempt, Dispute, Payment, Refund, RefusedDeliveries, StripeEvent
from payment.tasks import process_stripe_event
from shop.actors import who
from shop.money import format_money


class ReadOnly:
    """Rows that only the machinery writes."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class Amounts(ReadOnly):
    """Rows of an amount and a currency, shown as one column with the currency's digits."""

    exclude: ClassVar[Any] = ["amount", "currency"]
    readonly_fields: ClassVar[Any] = ["money"]

    @admin.display(description=gettext_lazy("Amount"), ordering="amount")
    def money(self, row: Payment | Refund | Dispute) -> str:
        return format_money(row.amount, row.currency)


class Refunds(Amounts):
    """With their reason and who asked for them in the reader's language."""

    exclude: ClassVar[Any] = [*Amounts.exclude, "reason", "actor"]
    readonly_fields: ClassVar[Any] = [*Amounts.readonly_fields, "why", "who"]

    @admin.display(description=gettext_lazy("reason"), ordering="reason")
    def why(self, refund: Refund) -> str:
        return in_language(refund.reason)

    @admin.display(description=gettext_lazy("who did it"), ordering="actor")
    def who(self, refund: Refund) -> str:
        return who(refund.actor)


@admin.register(Refund)
class RefundAdmin(Refunds, admin.ModelAdmin):
    list_display = ["created", "payment", "money", "state", "why", "who", "last_error"]
    list_filter = ["state"]
    list_select_related = ["payment"]
    search_fields = ["refund_id", "key", "payment__payment_intent", "payment__order__number"]


@admin.register(Dispute)
class DisputeAdmin(Amounts, admin.ModelAdmin):
    list_display = ["dispute_id", "payment", "money", "state", "reason", "respond_by"]
    list_filter = ["state"]
    list_select_related = ["payment"]
    search_fields = ["dispute_id", "payment__payment_intent", "payment__order__number"]
    actions = ["allow_shipping"]

    @admin.action(description=gettext_lazy("Let the orders be shipped all the same"), permissions=["allow"])
    def allow_shipping(self, request: HttpRequest, disputes: QuerySet[Dispute]) -> None:
        for order_id in sorted(set(disputes.values_list("payment__order", flat=True))):
            with transaction.atomic():
                orders.allow_shipping(transitions.lock(order_id), actor=request.user.get_username())
        messages.success(request, _("They may be shipped."))

    def has_allow_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("payment.change_dispute")


@admin.register(CheckoutAttempt)
class CheckoutAttemptAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["created", "order", "state", "session_id", "expires_at", "last_error"]
    list_filter = ["state"]
    list_select_related = ["order"]
    search_fields = ["session_id", "order__number", "idempotency_key"]


@admin.register(StripeEvent)
class StripeEventAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["received_at", "type", "object_id", "state", "attempts", "last_error"]
    list_filter = ["state", "type", "livemode"]
    search_fields = ["event_id", "object_id"]
    actions = ["work_on_again"]

    @admin.action(description=gettext_lazy("Work on the chosen events again"), permissions=["replay"])
    def work_on_again(self, request: HttpRequest, events: QuerySet[StripeEvent]) -> None:
        for event in events:
            handlers.replay(event)
            process_stripe_event.nudge_on_commit(event.pk)
        messages.success(request, _("%d events are being worked on again.") % len(events))

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("payment.change_stripeevent")


@admin.register(RefusedDeliveries)
class RefusedDeliveriesAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["day", "count"]
