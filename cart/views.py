"""The cart's page, and the posts that change it."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import BigIntegerField, DateTimeField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.utils import timezone
from django.utils.translation import get_language, gettext as _, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from background import limits
from background.prepared import Given, Prepared
from background.visitors import visitor_of
from shop.models import Variant
from shop.stock import OutOfStock

from . import pricing, services
from .forms import AlertForm, CouponForm, PricesForm, QuantityForm, UndoForm, UpdateForm
from .models import Cart
from .services.lines import maximum_of

_sellable = Prepared(
    lambda: (
        Variant.objects.sellable(Given("now", DateTimeField()))
        .select_related("product")
        .filter(pk=Given("pk", BigIntegerField()))
    ),
    planned_once=True,
)


@require_safe
def cart_detail(request: HttpRequest) -> HttpResponse:
    cart = services.read_cart(request)
    methods = pricing.active_methods() if cart else []
    countries = pricing.served_countries(methods)
    country = request.GET.get("country", "")
    quote = pricing.quote(cart, country=country if country in dict(countries) else "", methods=methods)
    drop_withdrawn(request, quote)
    context = {
        "quote": quote,
        "lines": quote.lines,
        "cart_count": quote.item_count,
        "countries": countries,
        "coupon_rules": [rule for rule in quote.rules if rule.code],
        "rules": [rule for rule in quote.rules if not rule.code],
        "checkout_allowed": quote.is_orderable and not quote.changed_lines,
        "removed": _removed(request, quote),
    }
    return render(request, "cart/detail.html", context)


def _removed(request: HttpRequest, quote: pricing.Quote) -> dict[str, Any] | None:
    """What was removed just now and can be put back; None once it is back in the cart."""
    form = UndoForm(request.GET)
    if "removed" not in request.GET or not form.is_valid():
        return None
    variant = Variant.objects.sellable().select_related("product").filter(pk=form.cleaned_data["removed"]).first()
    if variant is None or any(line.variant == variant for line in quote.lines):
        return None
    return {"variant": variant, "quantity": form.cleaned_data["quantity"]}


@require_POST
def cart_add(request: HttpRequest, variant_id: int) -> HttpResponse:
    """Put units into the cart, and show it; asked by htmx, answer the dialog that says so on the page itself."""
    form = QuantityForm(request.POST)
    if not form.is_valid():
        variant = get_object_or_404(Variant.objects.sellable(), pk=variant_id)
        messages.error(request, _("Please enter a whole number from 1 to %d.") % maximum_of(variant))
        return _go(request, variant)
    variant = _sellable.get_or_404(pk=form.cleaned_data["variant"] or variant_id, now=timezone.now())
    try:
        cart, units = services.add(services.cart_of(request), variant, form.cleaned_data["quantity"])
    except OutOfStock:
        messages.error(request, _("%s is sold out.") % variant)
        return _go(request, variant)
    except services.LimitReached as error:
        messages.error(request, str(error))
        return _go(request, "cart:cart_detail")
    response = _show_added(request, variant, units, cart)
    services.remember(response, cart)
    return response


def _is_script(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def _go(request: HttpRequest, target: Any) -> HttpResponse:
    """A redirect. A script cannot read where one leads, so it is told in a header, as htmx has it."""
    return HttpResponseClientRedirect(resolve_url(target)) if _is_script(request) else redirect(target)


def _show_added(request: HttpRequest, variant: Variant, units: int, cart: Cart) -> HttpResponse:
    words = _added(variant, units, cart)
    if not _is_script(request):
        messages.success(request, words)
        return redirect("cart:cart_detail")
    context = {"variant": variant, "units": units, "words": words, "cart_count": services.units_in(cart.key)}
    return render(request, "cart/_added.html", context)


def _added(variant: Variant, units: int, cart: Cart) -> str:
    available, maximum = cart.available(variant), maximum_of(variant)
    if units >= available:
        return ngettext(
            "Only %(units)d left, and it is in your cart: %(name)s.",
            "Only %(units)d left, and they are all in your cart: %(name)s.",
            units,
        ) % {"units": units, "name": variant}
    if units >= maximum:
        words = _("One order may have at most %(units)d of %(name)s: they are in your cart.")
        return words % {"units": units, "name": variant}
    return _("%s is in your cart.") % variant


@require_POST
def alert_ask(request: HttpRequest, variant_id: int) -> HttpResponse:
    """Note who wants a mail when a sold-out variant is back; the product's page says so."""
    form = AlertForm(request.POST)
    valid = form.is_valid()
    variants = Variant.objects.sellable().select_related("product")
    variant = get_object_or_404(variants, pk=form.cleaned_data.get("variant") or variant_id)
    if not valid:
        messages.error(request, _("Please enter an email address, such as kim@example.com."))
    elif variant.available > 0:
        messages.info(request, _("%s is in stock.") % variant)
    else:
        try:
            limits.spend("stock alerts", visitor_of(request), settings.STOCK_ALERTS_PER_VISITOR)
            services.request_alert(variant, form.cleaned_data["email"], language=get_language() or "en")
        except limits.TooMany as error:
            return limits.too_many(request, error.seconds)
        except services.TooManyAlerts:
            messages.error(request, _("This address waits for many things already. Please write to us instead."))
        else:
            words = _("We will write to %(email)s once, when %(name)s is back.")
            messages.success(request, words % {"email": form.cleaned_data["email"], "name": variant})
    return redirect(variant)


@require_POST
def cart_update(request: HttpRequest, variant_id: int) -> HttpResponse:
    form = UpdateForm(request.POST)
    if form.is_valid():
        return _set_quantity(request, variant_id, form.cleaned_data["quantity"])
    variant = Variant.objects.filter(pk=variant_id).first()
    most = maximum_of(variant) if variant else 0
    messages.error(request, _("Please enter a whole number from 0 to %d.") % most)
    return redirect("cart:cart_detail")


@require_POST
def cart_remove(request: HttpRequest, variant_id: int) -> HttpResponse:
    return _set_quantity(request, variant_id, 0)


def _set_quantity(request: HttpRequest, variant_id: int, quantity: int) -> HttpResponse:
    """Back to the cart; after a removal to a page that offers to undo it."""
    cart = services.cart_of(request)
    try:
        line = services.set_quantity(cart, variant_id, quantity) if cart else None
    except services.LimitReached as error:
        messages.error(request, str(error))
        line = None
    response = redirect("cart:cart_detail")
    if line and not quantity:
        response["Location"] += f"?removed={variant_id}&quantity={line.quantity}"
    return response


@require_POST
def cart_ship(request: HttpRequest) -> HttpResponse:
    """Remember where the cart goes, and how; with `checkout`, on to there."""
    cart = services.cart_of(request)
    if cart:
        chosen = request.POST.get("country", ""), request.POST.get("method", "")
        services.ship_to(cart, country=chosen[0], method=chosen[1], methods=pricing.active_methods())
    return redirect("orders:order_create" if "checkout" in request.POST else "cart:cart_detail")


@require_POST
def cart_accept(request: HttpRequest) -> HttpResponse:
    """The shopper agrees to the prices that the page named."""
    cart = services.cart_of(request)
    if cart:
        services.accept_prices(cart, PricesForm(request.POST).accepted())
    return redirect("cart:cart_detail")


@require_POST
def coupon_enter(request: HttpRequest) -> HttpResponse:
    cart = services.cart_of(request)
    form = CouponForm(request.POST)
    if cart and not form.is_valid():
        messages.error(request, _("Please enter a code of letters and digits."))
    elif cart:
        try:
            limits.spend("coupons", visitor_of(request), settings.COUPONS_PER_VISITOR)  # codes are not to be guessed
            services.enter_coupon(cart, form.cleaned_data["code"])
        except limits.TooMany as error:
            return limits.too_many(request, error.seconds)
        except services.CouponRefused as error:
            messages.error(request, str(error))
    return redirect("cart:cart_detail")


@require_POST
def coupon_drop(request: HttpRequest) -> HttpResponse:
    cart = services.cart_of(request)
    if cart:
        services.drop_coupon(cart, request.POST.get("code", ""))
    return redirect("cart:cart_detail")


@require_http_methods(["GET", "HEAD", "POST"])
def cart_restore(request: HttpRequest, signed: str) -> HttpResponse:
    """A link from a mail: the cart comes back in this browser, beside what is in its own cart already.

    Without a cart of its own the browser simply gets the key. Else it is asked first, by a page with a button.
    """
    linked = services.linked_cart(signed)
    if linked is None:
        raise Http404
    own = services.cart_of(request)
    merges = own is not None and own != linked and own.lines.exists()
    if merges and request.method != "POST":
        return render(request, "cart/restore.html", {"signed": signed, "lines": linked.lines.with_products()})
    if own is not None and merges:
        services.merge(own, linked)
    messages.success(request, _("Your cart is back."))
    response = redirect("cart:cart_detail")
    services.remember(response, own if own is not None and merges else linked)
    return response


def drop_withdrawn(request: HttpRequest, quote: pricing.Quote) -> bool:
    """Take lines that are no longer sold out of the cart, with a notice for each; whether there were any."""
    for line in quote.withdrawn:
        messages.warning(
            request, _("%s is no longer sold and was removed from your cart.") % (line.variant or line.name)
        )
    if quote.withdrawn:
        services.drop(quote.withdrawn)
    return bool(quote.withdrawn)
