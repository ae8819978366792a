"""Parts of lists' pages, drawn as frames (shop/frames.py): what a list can be narrowed by, and links to other pages."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from django import template
from django.conf import settings
from django.template.context import RequestContext
from django.utils.formats import localize
from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import ngettext

from shop.catalogue import Facets, Filters
from shop.frames import drawn

from .drawn import facet
from .money import money, number

register = template.Library()


@register.simple_tag
def pagination(links: Mapping[str, str]) -> SafeString:
    """Links to the pages before and behind this one (shop/views/leafing.py); nothing where there are none."""
    return drawn("partials/pagination.html", links) if links["previous"] or links["next"] else SafeString("")


@register.simple_tag(takes_context=True)
def description(context: RequestContext) -> str:
    """What a list is about: the introduction, or what there is where nobody has written one."""
    if context.get("intro"):
        return Truncator(strip_tags(context["intro"])).chars(155)
    facets: Facets = context["facets"]
    text = ngettext(
        "%(title)s at %(SHOP_NAME)s: %(total)s product, from %(from)s.",
        "%(title)s at %(SHOP_NAME)s: %(total)s products, from %(from)s.",
        facets.total,
    )
    return text % {
        "title": context["title"],
        "SHOP_NAME": settings.SHOP_NAME,
        "total": number(facets.total, facets.is_least),
        "from": money(facets.lowest, settings.SHOP_CURRENCY),
    }


@register.simple_tag(takes_context=True)
def filters(context: RequestContext) -> SafeString:
    """What the list can be narrowed by: one GET form, which keeps the words and the order."""
    chosen: Filters = context["filters"]
    facets: Facets = context["facets"]
    offered = [("category", "", context["shelves"])] if context["shelves"] else []
    offered += [(one.slug, one.name, one.choices) for one in context["offered"]]
    total = number(facets.total, facets.is_least)
    texts = {
        "path": context["request"].path,
        "query": context.get("query", ""),
        "facets": SafeString("".join(facet(*one) for one in offered)),
        "price_from": _plain(chosen.price_from),
        "price_to": _plain(chosen.price_to),
        "lowest": money(facets.lowest, settings.SHOP_CURRENCY),
        "highest": money(facets.highest, settings.SHOP_CURRENCY),
        "in_stock": number(facets.in_stock, facets.in_stock_is_least),
        "show": ngettext("Show %(total)s product", "Show %(total)s products", facets.total) % {"total": total},
    }
    return drawn("shop/_filters.html", texts, only_in_stock=chosen.in_stock)


@register.simple_tag
def sort_options(sorts: Sequence[tuple[str, str]], chosen: str) -> SafeString:
    """What a list can be sorted by."""
    return drawn("shop/_sorts.html", {}, sorts=tuple(sorts), chosen=chosen)


def _plain(amount: Decimal | None) -> str:
    return "" if amount is None else localize(amount)
