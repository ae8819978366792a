"""What stands around every page, as frames (shop/frames.py) into which each page's and visitor's own is put."""

from collections.abc import Hashable, Mapping

from django import template
from django.conf import settings
from django.template.context import RequestContext
from django.utils.safestring import SafeString

from shop import keeping, profile
from shop.frames import drawn
from shop.languages import Version, path_in
from shop.models import Picture

register = template.Library()

SHOWN = ("SHOP_NAME", "SHOP_MINIMUM_AGE", "SHOP_PRICES_INCLUDE_TAX")


@register.simple_tag
def head() -> SafeString:
    """Styles and icons of every page."""
    return drawn("partials/head.html", {})


@register.simple_tag(takes_context=True)
def canonical(context: RequestContext, kind: str, title: str, picture: Picture | None = None) -> SafeString:
    """The page's one address, where it has one (`canonical`), and what it looks like when it is shared."""
    path: str = context.get("canonical") or ""
    texts = {
        "canonical": path,
        "page": path_in(settings.LANGUAGE_CODE, path) if path else "",
        "title": title,
        "picture": picture.url if picture else "",
        "width": str(picture.width) if picture else "",
        "height": str(picture.height) if picture else "",
    }
    site = {"SITE_URL": settings.SITE_URL, "SHOP_NAME": settings.SHOP_NAME}
    codes = tuple(code for code, _name in settings.LANGUAGES)
    return drawn("partials/canonical.html", texts, type=kind, languages=codes, **site)


@register.simple_tag(takes_context=True)
def header(context: RequestContext) -> SafeString:
    """With what was searched for, and the shelf that is looked at, where the page says so."""
    shelf = context.get("category")
    return _around("partials/header.html", context, {"query": context.get("query") or ""}, shown=shelf and shelf.slug)


@register.simple_tag(takes_context=True)
def footer(context: RequestContext) -> SafeString:
    """With this page in other languages."""
    links = SafeString("".join(map(_link, context.get("language_versions") or ())))
    return _around("partials/footer.html", context, {"languages": links})


def _link(version: Version) -> SafeString:
    facts = {"code": version.code, "name": version.name, "is_shown": version.is_shown}
    return drawn("partials/_language.html", {"path": version.path}, **facts)


def _around(name: str, context: RequestContext, texts: Mapping[str, str], **facts: Hashable) -> SafeString:
    rules = {setting: getattr(settings, setting) for setting in SHOWN}
    text = drawn(name, texts, shop=profile.known(), has_slots=True, **rules, **facts)
    return text if keeping.has_slots(context.get("request")) else keeping.filled(text, context)
