"""Staff decide about an order: cancel it, or close a withdrawal for which no money is left to give back."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from orders import services as orders, transitions
from orders.models import Order, Withdrawal
from payment import gateway, services
from payment.forms import CancelForm, CloseForm

PAGE_SECONDS = 12  # the longest that a page waits for Stripe, however often it asks


class Decisions(admin.ModelAdmin):
    """The part of the payments' admin that orders' pages lead to."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("order/<int:pk>/cancel/", view(self.cancel), name="payment_order_cancel"),
            path("withdrawal/<int:pk>/close/", view(self.close), name="payment_withdrawal_close"),
            *super().get_urls(),
        ]

    def cancel(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Cancel an order; needs the permission to change orders, and to give money back that to add refunds."""
        if not request.user.has_perm("orders.change_order"):
            raise PermissionDenied
        order = get_object_or_404(Order, pk=pk)
        may_refund = request.user.has_perm("payment.add_refund")
        form = CancelForm(request.POST or None, order=order, may_refund=may_refund)
        if form.is_valid() and self._canceled(request, order, form):
            return redirect("admin:orders_order_change", pk)
        context = {"title": _("Cancel order %s") % order, "order": order, "form": form, "may_refund": may_refund}
        return render(request, "admin/payment/order/cancel.html", self.admin_site.each_context(request) | context)

    def _canceled(self, request: HttpRequest, order: Order, form: CancelForm) -> bool:
        """Whether the order was dealt with; else the form says why not."""
        try:
            with gateway.within(PAGE_SECONDS):
                order = services.cancel_order(order.pk, actor=request.user.get_username(), **form.decision)
        except (orders.CannotCancel, services.CannotRefund) as error:
            form.add_error(None, str(error))
            return False
        except (gateway.Unavailable, gateway.InFlight, gateway.Refused, services.SettleConflict):
            form.add_error(None, _("Stripe does not answer, so nothing was changed. Please try again in a minute."))
            return False
        if order.status == Order.Status.CANCELED:
            self.log_change(request, order, f"Canceled: {form.cleaned_data['reason']}")
            messages.success(request, _("The order is canceled."))
        else:
            messages.warning(request, _("The order was not canceled: it is %s now.") % order.get_status_display())
        return True

    def close(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take a withdrawal's units off the order without a refund; needs the permission to change orders."""
        if not request.user.has_perm("orders.change_order"):
            raise PermissionDenied
        withdrawal = get_object_or_404(Withdrawal.objects.select_related("order"), pk=pk, handled_at=None)
        form = CloseForm(request.POST or None)
        if form.is_valid():
            with transaction.atomic():
                order = transitions.lock(withdrawal.order_id)
                actor, restock = request.user.get_username(), form.cleaned_data["restock"]
                orders.close_withdrawal(order, withdrawal, restock=restock, actor=actor)
            self.log_change(request, order, f"Withdrawal closed without a refund: {withdrawal}")
            messages.success(request, _("The withdrawal is closed."))
            return redirect("admin:orders_order_change", order.pk)
        context = {"title": _("Close the withdrawal"), "withdrawal": withdrawal, "form": form}
        return render(request, "admin/payment/order/close.html", self.admin_site.each_context(request) | context)
