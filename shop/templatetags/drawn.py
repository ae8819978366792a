"""Parts of pages that look alike again and again: pictures, prices, totals, cards, facets (shop/frames.py)."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import template
from django.conf import settings
from django.template.context import RequestContext
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from shop.catalogue import Card, Choice, Offer, Told
from shop.changes import FEW
from shop.frames import drawn, escaped, frame
from shop.models import Picture
from shop.money import format_money
from shop.structured_data import Breadcrumbs

from .money import number, percent

register = template.Library()

UNFOLDED = 6  # choices of a facet
BOX = ("slug", "value", "name", "count")
FIRST_SCREEN = 4  # cards, which are not loaded lazily
ON_CARDS = "(max-width: 29rem) 100px, (max-width: 60rem) 33vw, 288px"


@register.simple_tag
def picture(image: Picture, sizes: str, alt: str = "", loading: str = "lazy", language: str = "") -> SafeString:
    """`alt` is empty where the text beside it says the same; `loading` is "first", "eager" or "lazy"."""
    texts = {
        **image.srcsets,
        "src": image.url,
        "alt": alt,
        "width": str(image.width),
        "height": str(image.height),
    }
    return drawn("components/picture.html", texts, language, sizes=sizes, loading=loading)


@register.simple_tag
def price(variant: Offer, choices: int = 1) -> SafeString:
    """What a variant costs; with `choices` above 1, says that it is the lowest of several prices."""
    texts = _priced(variant, variant.is_reduced, get_language() or "")
    return drawn("components/price.html", texts, is_lowest=choices > 1)


def _priced(variant: Offer, is_reduced: bool, language: str) -> dict[str, str]:
    currency, per_litre, prior = settings.SHOP_CURRENCY, variant.price_per_litre, variant.prior_price
    return {
        "price": format_money(variant.price, currency, language),
        "per_litre": "" if per_litre is None else format_money(per_litre, currency, language),
        "prior_price": format_money(prior, currency, language) if is_reduced and prior is not None else "",
        "percent_off": percent(variant.percent_off) if is_reduced and variant.percent_off else "",
    }


@register.simple_tag
def product_cards(products: Iterable[Card], level: str, first_screen: int = FIRST_SCREEN) -> SafeString:
    """The cards of products, the very first picture to be loaded first; `level` is that of their headings."""
    language = get_language() or ""
    loading = ["first", *["eager"] * (first_screen - 1)] if first_screen else []
    cards = [
        _card(product, loading[place] if place < first_screen else "lazy", level, language)
        for place, product in enumerate(products)
    ]
    return SafeString("".join(cards))


def _card(product: Card, loading: str, level: str, language: str) -> SafeString:
    variant, named = product.variant, product.named
    is_reduced = variant.is_reduced
    texts = {
        "picture": picture(product.cover, ON_CARDS, loading=loading, language=language) if product.cover else "",
        "url": product.get_absolute_url(),
        "name": product.name,
        "producer": named.get("producer", ""),
        "place": named.get("region", "") or named.get("country", ""),
        "vintage": named.get("vintage", ""),
        "label": variant.label,
        **_priced(variant, is_reduced, language),
    }
    facts = {"is_reduced": is_reduced, "is_lowest": product.variant_count > 1}
    left = max(0, min(variant.available, FEW + 1))
    return drawn("components/product_card.html", texts, language, level=level, left=left, **facts)


@register.simple_tag
def totals(amounts: Any) -> SafeString:
    """Everything that makes the total of `amounts`, a quote or an order."""
    currency, coupon_codes = amounts.currency, getattr(amounts, "coupon_codes", ())
    texts = {
        "subtotal": format_money(amounts.subtotal, currency),
        "discount": format_money(amounts.discount, currency) if amounts.discount else "",
        "coupon_codes": ", ".join(coupon_codes),
        "shipping": format_money(amounts.shipping, currency) if amounts.shipping else "",
        "shipping_name": amounts.shipping_name,
        "tax": format_money(amounts.tax, currency),
        "total": format_money(amounts.total, currency),
    }
    facts = {
        "has_goods": getattr(amounts, "has_goods", True),
        "is_served": getattr(amounts, "is_served", True),
        "has_tax": bool(amounts.tax),
        "prices_include_tax": amounts.prices_include_tax,
    }
    return drawn("components/totals.html", texts, **facts)


@register.simple_tag(takes_context=True)
def form_for_all(context: RequestContext, name: str) -> SafeString:
    """A template that knows of nothing but `csrf_token`, each visitor's own."""
    return drawn(name, {"csrf_token": str(context.get("csrf_token", ""))})


@register.simple_tag
def breadcrumbs(places: Breadcrumbs) -> SafeString:
    """The way to the page from the home page; the last place is the page itself."""
    language, last = get_language() or "", len(places) - 1
    lines = [
        drawn("components/_breadcrumb.html", {"name": str(name), "url": url if number < last else ""}, language)
        for number, (name, url) in enumerate(places)
    ]
    return drawn("components/breadcrumbs.html", {"places": SafeString("".join(lines))}, language)


@register.simple_tag
def facts(product: Card) -> SafeString:
    """What its attributes tell of a product, each value a link to what shares it."""
    language = get_language() or ""
    return SafeString("".join(_fact(name, values, language) for name, values in product.facts))


def _fact(name: str, values: Iterable[Told], language: str) -> SafeString:
    texts = [{"name": value.name, "url": value.get_absolute_url()} for value in values]
    links = ", ".join(drawn("shop/_value.html", one, language).strip() for one in texts)
    return drawn("shop/_fact.html", {"name": name, "values": SafeString(links)}, language)


@register.simple_tag
def facet(slug: str, name: str, choices: Sequence[Choice]) -> SafeString:
    """The boxes of one facet; beyond the first few they are folded away."""
    boxes = {chosen: frame("shop/_choice.html", BOX, chosen=chosen) for chosen in (False, True)}
    drawn_choices = [boxes[choice.chosen] % _texts(slug, choice) for choice in choices]
    texts = {
        "slug": slug,
        "name": name,
        "first": SafeString("".join(drawn_choices[:UNFOLDED])),
        "folded": SafeString("".join(drawn_choices[UNFOLDED:])),
    }
    return drawn("shop/_facet.html", texts, is_open=any(choice.chosen for choice in choices[UNFOLDED:]))


def _texts(slug: str, choice: Choice) -> dict[str, str]:
    count = number(choice.count, choice.is_least)
    # Of these only the name may have something to escape.
    return {"slug": slug, "value": choice.slug, "name": escaped(choice.name), "count": count}
