"""What Stripe was asked, paid, gave back and told: for staff to read; and the refund, which is theirs to start."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils.translation import gettext as _, gettext_lazy

from orders import transitions
from shop.money import plain_money

from . import handlers, services
from .forms import RefundForm
from .models import (
    CheckoutAttempt,
    Dispute,
    Payment,
    ReconcileReport,
    Refund,
    RefusedDeliveries,
    StripeEvent,
)
from .tasks import process_stripe_event


class ReadOnly:
    """Rows that only the machinery writes."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class RefundInline(ReadOnly, admin.TabularInline):
    model = Refund
    fields = ["created", "amount", "currency", "state", "reason", "actor", "refund_id", "last_error"]
    readonly_fields = ["created"]
    extra = 0


class DisputeInline(ReadOnly, admin.TabularInline):
    model = Dispute
    fields = ["dispute_id", "state", "reason", "amount", "currency", "respond_by"]
    extra = 0


@admin.register(Payment)
class PaymentAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["payment_intent", "order", "amount", "currency", "livemode", "captured_at"]
    list_select_related = ["order"]
    search_fields = ["payment_intent", "session_id", "order__number", "order__email"]
    date_hierarchy = "captured_at"
    inlines = [RefundInline, DisputeInline]

    def get_urls(self) -> list[URLPattern]:
        refund = path("<int:pk>/refund/", self.admin_site.admin_view(self.refund), name="payment_payment_refund")
        return [refund, *super().get_urls()]

    def refund(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Give back an amount, or the price of some units; needs the permission to add refunds."""
        if not request.user.has_perm("payment.add_refund"):
            raise PermissionDenied
        payment = get_object_or_404(Payment.objects.select_related("order"), pk=pk)
        form = RefundForm(request.POST or None, payment=payment)
        if form.is_valid() and self._asked(request, payment, form):
            return redirect("admin:payment_payment_change", pk)
        context = {**self.admin_site.each_context(request), "title": _("Refund"), "payment": payment, "form": form}
        return render(request, "admin/payment/payment/refund.html", context)

    def _asked(self, request: HttpRequest, payment: Payment, form: RefundForm) -> bool:
        try:
            with transaction.atomic():
                order = transitions.lock(payment.order_id)
                refund = services.request_refund(
                    order,
                    payment,
                    form.cleaned_data["amount"],
                    reason=form.cleaned_data["reason"],
                    actor=request.user.get_username(),
                    key=f"refund-{form.cleaned_data['key']}",
                    units=form.units,
                    restock=form.cleaned_data["restock"],
                )
        except services.CannotRefund as error:
            form.add_error(None, str(error))
            return False
        self.log_change(request, payment, f"Refund {plain_money(refund.amount, refund.currency)}: {refund.reason}")
        messages.success(request, _("The refund is on its way."))
        return True


@admin.register(Refund)
class RefundAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["created", "payment", "amount", "currency", "state", "reason", "actor", "last_error"]
    list_filter = ["state"]
    list_select_related = ["payment"]
    search_fields = ["refund_id", "key", "payment__payment_intent", "payment__order__number"]


@admin.register(Dispute)
class DisputeAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["dispute_id", "payment", "amount", "currency", "state", "reason", "respond_by"]
    list_filter = ["state"]
    list_select_related = ["payment"]
    search_fields = ["dispute_id", "payment__payment_intent", "payment__order__number"]


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


@admin.register(ReconcileReport)
class ReconcileReportAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["started", "since", "finished", "is_clean", "repaired_count", "unexplained_count", "last_error"]
    date_hierarchy = "started"
    fields = [
        "is_clean",
        "since",
        "started",
        "finished",
        "last_error",
        "balance_table",
        "unexplained_list",
        "repaired_list",
    ]
    readonly_fields = ["is_clean", "balance_table", "unexplained_list", "repaired_list"]

    @admin.display(description=gettext_lazy("clean"), boolean=True)
    def is_clean(self, report: ReconcileReport) -> bool:
        return report.is_clean

    @admin.display(description=gettext_lazy("balance"))
    def balance_table(self, report: ReconcileReport) -> str:
        return render_to_string("admin/payment/reconcilereport/_balance.html", {"balance": report.balance})

    @admin.display(description=gettext_lazy("unexplained"))
    def unexplained_list(self, report: ReconcileReport) -> str:
        return self._list(report.unexplained, report.unexplained_count)

    @admin.display(description=gettext_lazy("repaired"))
    def repaired_list(self, report: ReconcileReport) -> str:
        return self._list(report.repaired, report.repaired_count)

    def _list(self, findings: list[dict[str, str]], count: int) -> str:
        context = {"findings": findings, "left_out": count - len(findings)}
        return render_to_string("admin/payment/reconcilereport/_findings.html", context)
