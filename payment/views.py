"""To Stripe and back: process, completed, canceled; the webhook; and ending an order that nobody paid."""

import logging
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import RequestDataTooBig
from django.db.models import CharField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from background import limits, logs
from background.prepared import Given, Prepared
from background.visitors import visitor_of
from orders import services as orders
from orders.models import Order
from orders.sentences import sentence

from . import gateway, services, webhooks
from .tasks import process_payment

log = logging.getLogger(__name__)

PAGE_SECONDS = 12  # the longest that a page waits for Stripe, however often it asks
BY_SHOPPER, REPLACED = sentence("canceled by the shopper"), sentence("replaced by a new order")
LARGEST_DELIVERY = 512 * 1024  # bytes; Stripe's events are far smaller
_order = Prepared(lambda: Order.objects.filter(token=Given("token", CharField())), planned_once=True)


def _named_order(request: HttpRequest) -> Order:
    """The order whose token the link carries, in whatever browser it is opened; 404 for any other token."""
    order = _order.get_or_404(token=request.GET.get("order", ""))
    logs.about(order=order.number)
    return order


@never_cache
@require_POST
def payment_process(request: HttpRequest) -> HttpResponse:
    """Go to Stripe's payment page for this order."""
    order = _named_order(request)
    try:
        limits.spend("checkouts", visitor_of(request), settings.CHECKOUTS_PER_VISITOR)
        url = services.start_checkout(order.pk)
    except limits.TooMany as error:
        return limits.too_many(request, error.seconds)
    except services.NotPayable:
        return redirect(order)
    except gateway.InFlight:
        return render(request, "payment/in_flight.html", {"order": order}, status=202)
    except (gateway.Unavailable, gateway.Refused) as error:
        log.warning("no payment page for order %s: %s", order.number, error)
        retry_url = f"{reverse('payment:process')}?order={order.token}"
        return render(request, "payment/unavailable.html", {"order": order, "retry_url": retry_url}, status=503)
    response = redirect(url or order)
    response.status_code = 303  # https://docs.stripe.com/checkout/quickstart: the browser turns its POST into a GET
    return response


@never_cache
@require_safe
def payment_completed(request: HttpRequest) -> HttpResponse:
    """Back from Stripe: let a worker ask what came of it, and show the order, which updates itself."""
    order = _named_order(request)
    session_id = request.GET.get("session_id", "")
    get_object_or_404(order.checkout_attempts, session_id=session_id)
    orders.note_return(order.pk)
    process_payment.nudge_on_commit(order.pk)
    return redirect(order)


@never_cache
@require_safe
def payment_canceled(request: HttpRequest) -> HttpResponse:
    """Back from Stripe without having paid: pay again, change the cart, or cancel."""
    order = _named_order(request)
    if order.is_being_confirmed or not order.is_payable:
        return redirect(order)
    return render(request, "payment/canceled.html", {"order": order})


@never_cache
@require_POST
def payment_cancel(request: HttpRequest) -> HttpResponse:
    """Cancel an order that was not paid. A payment that came first wins."""
    order = _named_order(request)
    order, problem = _end(order, BY_SHOPPER)
    if problem:
        messages.error(request, problem)
    return redirect(order)


@never_cache
@require_POST
def payment_supersede(request: HttpRequest) -> HttpResponse:
    """End the cart's earlier order, then send the browser back with its checkout form, to place the new one."""
    order = _named_order(request)
    order, problem = _end(order, REPLACED)
    if problem:
        messages.error(request, problem)
        return redirect(order)
    if order.status in {Order.Status.PAID, Order.Status.PROCESSING}:
        messages.info(request, _("You have paid this order already. What you added since is in your cart."))
        return redirect(order)
    return redirect("orders:order_create", preserve_request=True)


def _end(order: Order, reason: str) -> tuple[Order, Any]:
    """(the order after the try to end it, what to tell the shopper if it could not be tried)."""
    try:
        with gateway.within(PAGE_SECONDS):
            return services.end_hold(order.pk, Order.Status.CANCELED, actor="shopper", reason=reason), None
    except (gateway.Unavailable, gateway.InFlight, gateway.Refused, services.SettleConflict):
        return order, _("The payment provider does not answer, so nothing was changed. Please try again in a minute.")


@csrf_exempt
@require_POST
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    """Where Stripe delivers events. 200: stored. 400: not from Stripe, or a part. 413: too large. 405: not a POST."""
    try:
        payload = request.body
    except RequestDataTooBig:
        return HttpResponse(status=413)
    if len(payload) > LARGEST_DELIVERY:
        return HttpResponse(status=413)
    told = str(request.META.get("CONTENT_LENGTH", ""))
    if told.isdecimal() and len(payload) < int(told):  # no signature holds of a part; Stripe sends it again
        log.info("webhook cut short: %d bytes came", len(payload))
        return HttpResponse(status=400)
    try:
        webhooks.receive(payload, request.headers.get("Stripe-Signature", ""))
    except gateway.BadDelivery as error:
        webhooks.count_refused()
        log.warning("webhook refused: %s", error)  # without its payload: anybody can post here
        return HttpResponse(status=400)
    return HttpResponse(status=200)
