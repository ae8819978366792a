"""Withdraw from the contract: a form, then a page that asks to confirm, then the order's page with what was stated."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from orders import services, transitions
from orders.forms import WithdrawalForm
from orders.models import Order

from .contact import contact_address


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, token: str) -> HttpResponse:
    """Shows the form; a valid one is shown again to be confirmed; `confirm` takes the statement down."""
    order = get_object_or_404(
        Order.objects.prefetch_related("line_items", "shipments", "withdrawals__lines__line_item"), token=token
    )
    form = WithdrawalForm(request.POST or None, order=order, left=services.withdrawable_units(order))
    valid = form.is_valid()
    key = form.cleaned_data.get("key") if form.is_bound else None
    if key and order.withdrawals.filter(key=key).exists():
        return redirect(order)  # a second click, or the page sent again
    why_not = services.why_not_to_withdraw(order)
    if why_not:
        return _page(request, "orders/withdraw_over.html", order, why_not=why_not)
    if not valid or "change" in request.POST:
        return _page(request, "orders/withdraw.html", order, form=form, status=422 if form.errors else 200)
    if "confirm" not in request.POST:
        return _page(request, "orders/withdraw_confirm.html", order, form=form)
    return _state(request, order, form)


def _state(request: HttpRequest, order: Order, form: WithdrawalForm) -> HttpResponse:
    statement = services.Statement(**{name: form.cleaned_data[name] for name in ("key", "name", "email", "reason")})
    try:
        with transaction.atomic():
            services.withdraw(transitions.lock(order.pk), form.units, statement)
    except services.CannotWithdraw as error:
        form.add_error(None, str(error))
        return _page(request, "orders/withdraw.html", order, form=form, status=422)
    messages.success(request, _("We received your withdrawal and confirm it to %s.") % statement.email)
    return redirect(order)


def _page(request: HttpRequest, template: str, order: Order, *, status: int = 200, **context: Any) -> HttpResponse:
    context |= {
        "order": order,
        "excluded": [item for item in order.line_items.all() if item.withdrawal_exclusion],
        "last_day": services.last_day_to_withdraw(order),
        "contact": contact_address(),
    }
    return render(request, template, context, status=status)
