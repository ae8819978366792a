"""The cart's page, and the posts that change it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.http import require_POST, require_safe

from shop.models import Variant
from shop.stock import OutOfStock

from . import pricing, services
from .forms import QuantityForm, UpdateForm


@require_safe
def cart_detail(request: HttpRequest) -> HttpResponse:
    cart = services.cart_of(request)
    methods = pricing.active_methods() if cart else []
    countries = pricing.served_countries(methods)
    country = request.GET.get("country", "")
    quote = pricing.quote(cart, country=country if country in dict(countries) else "", methods=methods)
    drop_withdrawn(request, quote)
    return render(
        request,
        "cart/detail.html",
        {
            "quote": quote,
            "lines": quote.lines,
            "cart_count": quote.item_count,
            "countries": countries,
            "country": quote.country,
            "checkout_allowed": not (quote.is_empty or quote.is_short),
        },
    )


@require_POST
def cart_add(request: HttpRequest, variant_id: int) -> HttpResponse:
    form = QuantityForm(request.POST)
    if not form.is_valid():
        variant = get_object_or_404(Variant.objects.sellable(), pk=variant_id)
        messages.error(request, _("Please enter a whole number from 1 to %d.") % services.MAXIMUM_UNITS)
        return redirect(variant)
    variant = get_object_or_404(Variant.objects.sellable(), pk=form.cleaned_data["variant"] or variant_id)
    try:
        cart, units = services.add(services.cart_of(request), variant, form.cleaned_data["quantity"])
    except OutOfStock:
        messages.error(request, _("%s is sold out.") % variant)
        return redirect(variant)
    messages.success(request, _added(variant, units, cart.available(variant)))
    response = redirect("cart:cart_detail")
    services.remember(response, cart)
    return response


@require_POST
def cart_update(request: HttpRequest, variant_id: int) -> HttpResponse:
    cart = services.cart_of(request)
    form = UpdateForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Please enter a whole number from 0 to %d.") % services.MAXIMUM_UNITS)
    elif cart:
        services.set_quantity(cart, variant_id, form.cleaned_data["quantity"])
    return redirect("cart:cart_detail")


@require_POST
def cart_remove(request: HttpRequest, variant_id: int) -> HttpResponse:
    cart = services.cart_of(request)
    if cart:
        services.set_quantity(cart, variant_id, 0)
        messages.success(request, _("Removed from your cart."))
    return redirect("cart:cart_detail")


def drop_withdrawn(request: HttpRequest, quote: pricing.Quote) -> bool:
    """Take lines that are no longer sold out of the cart, with a notice for each; whether there were any."""
    for line in quote.withdrawn:
        messages.warning(request, _("%s is no longer sold and was removed from your cart.") % line.variant)
    if quote.withdrawn:
        services.drop(quote.withdrawn)
    return bool(quote.withdrawn)


def _added(variant: Variant, units: int, available: int) -> str:
    if units >= available:
        return ngettext(
            "Only %(units)d left, and it is in your cart: %(name)s.",
            "Only %(units)d left, and they are all in your cart: %(name)s.",
            units,
        ) % {"units": units, "name": variant}
    return _("%s is in your cart.") % variant
