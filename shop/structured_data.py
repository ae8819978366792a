"""What a product page tells search engines: schema.org Product, Offer and BreadcrumbList, equal to what it shows."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

from .catalogue import Card
from .models import ProductImage, Variant
from .money import round_money

# So that no text of a product can end the script element it stands in.
ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


def product_data(
    card: Card, variants: Iterable[Variant], images: Iterable[ProductImage], breadcrumbs: Sequence[tuple[str, str]]
) -> SafeString:
    """JSON for a `<script type="application/ld+json">`."""
    product: dict[str, Any] = {
        "@type": "Product",
        "name": card.name,
        "description": card.description,
        "url": _absolute(card.get_absolute_url()),
        "image": [_absolute(image.file.url) for image in images],
        "offers": [_offer(variant, card) for variant in variants],
    }
    if producer := card.named.get("producer"):
        product["brand"] = {"@type": "Brand", "name": producer}
    trail = {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": position, "name": str(name), "item": _absolute(url)}
            for position, (name, url) in enumerate(breadcrumbs, 1)
        ],
    }
    text = json.dumps({"@context": "https://schema.org", "@graph": [product, trail]}, ensure_ascii=False)
    return mark_safe(text.translate(ESCAPES))  # noqa: S308 - escaped above, as Django's json_script does


def _offer(variant: Variant, card: Card) -> dict[str, str]:
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
