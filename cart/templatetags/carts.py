"""Parts of the cart's page that look alike again and again (shop/frames.py)."""

from django import template
from django.template.context import RequestContext
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from cart.pricing import Countries, Quote, QuoteLine
from shop.frames import drawn
from shop.templatetags.drawn import picture
from shop.templatetags.money import money

register = template.Library()


@register.simple_tag(takes_context=True)
def cart_line(context: RequestContext, line: QuoteLine) -> SafeString:
    """A row of the cart's table."""
    variant, currency = line.variant, context["quote"].currency
    texts = {
        "csrf_token": _token(context),
        "id": str(variant.pk),
        "picture": picture(line.cover, "100px") if line.cover else "",
        "url": variant.product.get_absolute_url(),
        "name": variant.product.name,
        "label": variant.label,
        "changes": _changes(context, line),
        "unit_price": money(line.unit_price, currency),
        "quantity": str(line.quantity),
        "most": str(line.most or ""),
        "subtotal": money(line.subtotal, currency),
        "remove_url": reverse("cart:cart_remove", args=[variant.pk]),
        "update_url": reverse("cart:cart_update", args=[variant.pk]),
    }
    return drawn("cart/_line.html", texts)


@register.simple_tag(takes_context=True)
def destination(context: RequestContext, countries: Countries) -> SafeString:
    """The form for the country that the cart goes to; with the methods that serve it, where there are several."""
    quote: Quote = context["quote"]
    choice = {"quote": quote, "name": "method"}
    methods = render_to_string("cart/_methods.html", choice) if len(quote.choices) > 1 else ""
    texts = {"csrf_token": _token(context), "methods": methods}
    return drawn("cart/_shipping.html", texts, country=quote.country, countries=countries)


def _changes(context: RequestContext, line: QuoteLine) -> str:
    """What changed about the line since the shopper last looked, and what to do about it."""
    if line.price_before is None and not line.is_short and not line.is_too_many:
        return ""
    facts = {"line": line, "quote": context["quote"], "csrf_token": _token(context)}
    return render_to_string("cart/_line_changes.html", facts)


def _token(context: RequestContext) -> str:
    return str(context.get("csrf_token", ""))
