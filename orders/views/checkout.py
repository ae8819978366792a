"""Checkout: the form, what it may be refused for, and the way on to payment."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from background import limits
from background.visitors import visitor_of
from cart import services as carts
from cart.models import Cart, ShippingMethod
from cart.pricing import Quote, active_methods, country_name, quote, served_countries
from cart.views import drop_withdrawn
from orders import services
from orders.forms import ADDRESS_FIELDS, CheckoutForm, ShownForm
from orders.models import Order
from shop.stock import OutOfStock

from .forms import BlankForm, draw_form


@cache_control(private=True, no_cache=True)  # Back from the payment page finds the form as it was filled in
@require_http_methods(["GET", "HEAD", "POST"])
def order_create(request: HttpRequest) -> HttpResponse:
    """The checkout form; a valid one places the order and hands the browser on to payment.

    `refresh` shows what was typed again, with the totals of the chosen country, and finds no fault with it.
    """
    cart = carts.read_cart(request)
    submitted = request.method == "POST" and "refresh" not in request.POST
    if cart is None and not submitted:
        return _without_cart(request)
    methods = active_methods()
    countries = served_countries(methods)
    if cart and request.method == "POST":
        chosen = request.POST.get("country", ""), request.POST.get("shipping_method", "")
        carts.ship_to(cart, country=chosen[0], method=chosen[1], methods=methods)
    if cart is None or submitted:
        return _submitted(request, cart, CheckoutForm(request.POST, countries=countries), methods)
    country, typed = (request.POST or request.GET).get("country", ""), _typed(request, cart)
    known_country = country if country in dict(countries) else ""
    agreed = quote(cart, country=known_country, region=typed.get("region") or "", methods=methods)
    if agreed.changed_lines and request.method != "POST":  # the cart names them and asks
        return redirect("cart:cart_detail")
    if not typed:
        return _checkout_page(request, BlankForm(agreed.country, countries), agreed)
    form = CheckoutForm(initial=typed | {"country": agreed.country}, countries=countries)
    return _checkout_page(request, form, agreed)


def _typed(request: HttpRequest, cart: Cart) -> dict[str, Any]:
    """What the form holds before it is submitted: who comes back from the payment page finds what was typed there."""
    if request.method == "POST":
        return {name: request.POST.get(name) for name in (*ADDRESS_FIELDS, "reminder_wanted", "age_confirmed")}
    order = services.pending_order(cart) if cart.held else None
    if order is None:
        return {}
    known = {name: getattr(order, name) for name in (*ADDRESS_FIELDS, "reminder_wanted")}
    return known | {"age_confirmed": order.age_confirmed_at is not None}


def _submitted(
    request: HttpRequest, cart: Cart | None, form: CheckoutForm, methods: Sequence[ShippingMethod]
) -> HttpResponse:
    valid = form.is_valid()
    form_id = {name: form.cleaned_data.get(name, "") for name in ("fingerprint", "token")}
    reminder = form.cleaned_data["reminder_wanted"]
    customer = services.Customer(form.address, get_language() or "en", request.user.pk, reminder)
    known = services.placed_before(customer, **form_id) if valid else None
    if known:
        return _continue(known)
    if cart is None:
        return _without_cart(request)
    agreed = services.quote_for(cart, form.cleaned_data, methods=methods)
    refused = _cannot_be_sold(agreed)
    if valid and refused:
        form.add_error(None, refused)
    if not valid or refused:
        return _checkout_page(request, form, agreed, status=422)
    return _placed(request, cart, form, customer, agreed)


def _placed(
    request: HttpRequest, cart: Cart, form: CheckoutForm, customer: services.Customer, today: Quote
) -> HttpResponse:
    form_id = {name: form.cleaned_data[name] for name in ("fingerprint", "token")}
    try:
        limits.spend("orders", visitor_of(request), settings.CHECKOUTS_PER_VISITOR)
        order = services.place_order(cart, customer, **form_id, today=today)
    except limits.TooMany as error:
        return limits.too_many(request, error.seconds)
    except services.QuoteChanged:
        return _checkout_page(request, form, services.quote_for(cart, form.address), status=409)
    except services.PendingOrderDiffers as error:
        return _hand_on("payment:supersede", error.order)
    except (services.CannotPlace, OutOfStock):
        messages.error(request, _("Somebody was faster: please look at your cart again."))
        return redirect("cart:cart_detail")
    return _continue(order)


def _continue(order: Order) -> HttpResponse:
    """On to payment; to the order's page where it needs none, or where one may be on its way."""
    if order.is_payable and not order.is_being_confirmed:
        return _hand_on("payment:process", order)
    return redirect(order)


def _cannot_be_sold(agreed: Quote) -> str:
    """Why this cannot be sent there, or not charged; empty when it can."""
    return services.why_not_charged(agreed.total) if agreed.is_served else agreed.why_not_served


def _without_cart(request: HttpRequest) -> HttpResponse:
    """A repeated submit after payment shows the order that it paid for; without any, the empty cart."""
    key = carts.key_of(request)
    order = Order.objects.filter(cart_key=key).exclude(status=Order.Status.CANCELED).first() if key else None
    if order:
        return redirect(order)
    messages.warning(
        request,
        _("Your browser no longer knows a cart. It keeps one for 90 days, where it accepts cookies from this shop."),
    )
    return redirect("cart:cart_detail")


def _hand_on(url_name: str, order: Order) -> HttpResponse:
    """A 307: the browser repeats its POST there, so one click leads from the form to payment."""
    return redirect(f"{reverse(url_name)}?order={order.token}", preserve_request=True)


def _checkout_page(
    request: HttpRequest, form: CheckoutForm | BlankForm, agreed: Quote, *, status: int = 200
) -> HttpResponse:
    if drop_withdrawn(request, agreed) or agreed.is_empty or agreed.is_short or agreed.is_too_large:
        return redirect("cart:cart_detail")
    context: dict[str, Any] = {
        "form": form,
        "form_html": draw_form(request, form, agreed),
        "quote": agreed,
        "cart_count": agreed.item_count,
    }
    return render(request, "orders/create.html", context | _changes(form, agreed), status=status)


def _changes(form: CheckoutForm | BlankForm, agreed: Quote) -> dict[str, Any]:
    """How the quote differs from the one that was on the page when its form was submitted, if one was."""
    if isinstance(form, BlankForm) or not form.is_bound or form.data.get("fingerprint") == agreed.fingerprint:
        return {"quote_changed": False}
    shown = ShownForm(form.data)
    shown.is_valid()  # a value that is none of ours is not repeated
    total, country = shown.cleaned_data.get("shown_total"), shown.cleaned_data.get("shown_country")
    return {
        "quote_changed": True,
        "total_before": total if total != agreed.total else None,
        "new_country": country_name(agreed.country) if country and country != agreed.country else "",
    }
