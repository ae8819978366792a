"""What pages tell search engines in the words of schema.org: never anything else than what they show."""

import json
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils.safestring import SafeString

from . import profile
from .catalogue import Card, Offer
from .money import round_money

Breadcrumbs = Sequence[tuple[str, str]]


def product_data(card: Card, breadcrumbs: Breadcrumbs) -> SafeString:
    """Of a product's page: Product with its Offers, and BreadcrumbList."""
    product: dict[str, Any] = {
        "@type": "Product",
        "name": card.name,
        "description": card.description,
        "url": _absolute(card.get_absolute_url()),
        "image": [_absolute(image.url) for image in card.images],
        "offers": [_offer(variant, card) for variant in card.variants],
    }
    if producer := card.named.get("producer"):
        product["brand"] = {"@type": "Brand", "name": producer}
    return _script(product, _trail(breadcrumbs))


def list_data(cards: Sequence[Card], breadcrumbs: Breadcrumbs, *, first: int = 1) -> SafeString:
    """Of a list's page: ItemList, whose places go on from page to page, and BreadcrumbList."""
    places = [
        {"@type": "ListItem", "position": place, "name": card.name, "url": _absolute(card.get_absolute_url())}
        for place, card in enumerate(cards, first)
    ]
    return _script({"@type": "ItemList", "itemListElement": places}, _trail(breadcrumbs))


def site_data() -> SafeString:
    """Of the home page: who runs the shop, and how to search it."""
    shop = profile.current()
    organization = {
        "@type": "Organization",
        "name": settings.SHOP_NAME,
        "legalName": shop.legal_name,
        "url": _absolute("/"),
        "email": shop.email,
        "telephone": shop.phone,
        "vatID": shop.vat_id,
        "logo": _absolute(shop.logo.url if shop.logo else static("img/apple-touch-icon.png")),
    }
    search = f"{_absolute(reverse('shop:search'))}?q={{words}}"
    action = {"@type": "SearchAction", "target": search, "query-input": "required name=words"}
    site = {"@type": "WebSite", "name": settings.SHOP_NAME, "url": _absolute("/"), "potentialAction": action}
    return _script({name: value for name, value in organization.items() if value}, site)


def _trail(breadcrumbs: Breadcrumbs) -> dict[str, Any]:
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": position, "name": str(name), "item": _absolute(url)}
            for position, (name, url) in enumerate(breadcrumbs, 1)
        ],
    }


def _script(*things: dict[str, Any]) -> SafeString:
    """JSON for a `<script type="application/ld+json">`."""
    text = json.dumps({"@context": "https://schema.org", "@graph": things}, ensure_ascii=False)
    # So that no text of a product can end the script element it stands in; as Django's json_script does.
    return SafeString(text.replace("<", "\\u003C").replace(">", "\\u003E").replace("&", "\\u0026"))


def _offer(variant: Offer, card: Card) -> dict[str, str]:
    in_stock = variant.available > 0
    return {
        "@type": "Offer",
        "name": variant.label,
        "sku": variant.sku,
        "price": str(round_money(variant.price, settings.SHOP_CURRENCY)),
        "priceCurrency": settings.SHOP_CURRENCY,
        "availability": f"https://schema.org/{'InStock' if in_stock else 'OutOfStock'}",
        "url": _absolute(card.get_absolute_url()),
    }


def _absolute(path: str) -> str:
    return f"{settings.SITE_URL}{path}"
