"""Payments for staff to read, and money that they give back: for an amount, units, or a withdrawal."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from orders import services as orders, transitions
from orders.models import Withdrawal
from payment import services
from payment.forms import RefundForm
from payment.models import Dispute, Payment, Refund
from shop.money import plain_money

from .decisions import Decisions
from .rows import Amounts, Refunds

LONGEST_ID = 18  # digits of a number that the database takes


class RefundInline(Refunds, admin.TabularInline):
    model = Refund
    fields = ["created", "money", "state", "why", "who", "refund_id", "last_error"]
    readonly_fields = ["created", "money", "why", "who"]
    extra = 0


class DisputeInline(Amounts, admin.TabularInline):
    model = Dispute
    fields = ["dispute_id", "state", "reason", "money", "respond_by"]
    extra = 0


@admin.register(Payment)
class PaymentAdmin(Amounts, Decisions):
    list_display = ["payment_intent", "order", "money", "livemode", "captured_at"]
    list_select_related = ["order"]
    search_fields = ["payment_intent", "session_id", "order__number", "order__email"]
    date_hierarchy = "captured_at"
    inlines = [RefundInline, DisputeInline]

    def get_urls(self) -> list[URLPattern]:
        refund = path("<int:pk>/refund/", self.admin_site.admin_view(self.refund), name="payment_payment_refund")
        return [refund, *super().get_urls()]

    def refund(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Give back an amount, or the price of some units; needs the permission to add refunds.

        `?withdrawal=` names an open statement of the order: its units are preset, and it is handled by the refund.
        """
        if not request.user.has_perm("payment.add_refund"):
            raise PermissionDenied
        payment = get_object_or_404(Payment.objects.select_related("order"), pk=pk)
        withdrawal = self._withdrawal(request, payment)
        form = RefundForm(request.POST or None, payment=payment, withdrawal=withdrawal)
        if form.is_valid() and self._asked(request, payment, form):
            order_page = withdrawal and "admin:orders_order_change"
            return redirect(order_page or "admin:payment_payment_change", payment.order_id if order_page else pk)
        context = {"title": _("Refund"), "payment": payment, "form": form, "withdrawal": withdrawal}
        return render(request, "admin/payment/payment/refund.html", self.admin_site.each_context(request) | context)

    def _withdrawal(self, request: HttpRequest, payment: Payment) -> Withdrawal | None:
        named = request.GET.get("withdrawal", "")
        if not named.isdecimal() or len(named) > LONGEST_ID:
            return None
        return payment.order.withdrawals.filter(pk=named, handled_at=None).first()

    def _asked(self, request: HttpRequest, payment: Payment, form: RefundForm) -> bool:
        try:
            with transaction.atomic():
                refund = self._ask(request, payment, form)
        except services.CannotRefund as error:
            form.add_error(None, str(error))
            return False
        self.log_change(request, payment, f"Refund {plain_money(refund.amount, refund.currency)}: {refund.reason}")
        messages.success(request, _("The refund is on its way."))
        return True

    def _ask(self, request: HttpRequest, payment: Payment, form: RefundForm) -> Refund:
        said: dict[str, Any] = form.cleaned_data
        order, actor = transitions.lock(payment.order_id), request.user.get_username()
        refund = services.request_refund(
            order,
            payment,
            said["amount"],
            reason=said["reason"],
            actor=actor,
            key=f"refund-{said['key']}",
            units=form.units,
            restock=said["restock"],
        )
        if form.withdrawal:
            orders.withdrawal_handled(order, form.withdrawal, actor=actor)
        return refund
