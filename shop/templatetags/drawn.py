"""Parts of lists that look alike again and again: `{% product_card product %}` and `{% facet slug name choices %}`.

Each is drawn from its arguments alone, and kept by them. What a card shows is read anew for every page, price and stock
among it: another price is another argument, so nothing that was kept can be out of date in any process.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, NamedTuple

from django import template
from django.conf import settings
from django.template.loader import get_template
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from shop.catalogue import Card, Choice
from shop.changes import FEW
from shop.models import ProductImage

register = template.Library()

CARDS, FACETS = 1000, 500  # kept by a process, about 2 KB each


class Shown(NamedTuple):
    """Everything that a card shows: whatever is missing here would be shown as it once was."""

    language: str | None
    currency: str
    level: str
    loading: str
    url: str
    name: str
    producer: str
    place: str
    vintage: str
    label: str
    choices: int
    price: Decimal
    price_per_litre: Decimal | None
    prior_price: Decimal | None  # where the price is reduced
    percent_off: int
    available: int  # FEW + 1 for any more
    cover: tuple[Any, ...]


@register.simple_tag
def product_card(product: Card, loading: str = "lazy", level: str = "2") -> SafeString:
    """The card of a product; `level` is that of its heading."""
    variant, named = product.variant, product.named
    return _drawn(
        _card,
        Shown(
            language=get_language(),
            currency=settings.SHOP_CURRENCY,
            level=level,
            loading=loading,
            url=product.get_absolute_url(),
            name=product.name,
            producer=named.get("producer", ""),
            place=named.get("region", "") or named.get("country", ""),
            vintage=named.get("vintage", ""),
            label=variant.label,
            choices=product.variant_count,
            price=variant.price,
            price_per_litre=variant.price_per_litre,
            prior_price=variant.prior_price if variant.is_reduced else None,
            percent_off=variant.percent_off,
            available=min(product.available, FEW + 1),
            cover=_cover(product.cover) if product.cover else (),
        ),
    )


@register.simple_tag
def facet(slug: str, name: str, choices: Sequence[Choice]) -> SafeString:
    """The boxes of one facet."""
    return _drawn(_facet, slug, name, tuple(choices), get_language())


def _cover(image: ProductImage) -> tuple[Any, ...]:
    return image.file.name, image.width, image.height, image.widths


@lru_cache(CARDS)
def _card(shown: Shown) -> SafeString:
    file, width, height, widths = shown.cover or ("", 0, 0, "")
    cover = ProductImage(file=file, width=width, height=height, widths=widths) if file else None
    variant = SimpleNamespace(**shown._asdict(), is_reduced=shown.prior_price is not None)
    product = SimpleNamespace(**shown._asdict() | {"cover": cover, "variant": variant})
    context = {"product": product, "SHOP_CURRENCY": shown.currency, "loading": shown.loading, "level": shown.level}
    return SafeString(get_template("components/product_card.html").render(context))


@lru_cache(FACETS)
def _facet(slug: str, name: str, choices: tuple[Choice, ...], language: str | None) -> SafeString:
    return SafeString(get_template("shop/_facet.html").render({"slug": slug, "name": name, "choices": choices}))


def _drawn(draw: Callable[..., SafeString], *arguments: Any) -> SafeString:
    """As it was drawn before; with DEBUG drawn anew, since templates are being written."""
    return draw.__wrapped__(*arguments) if settings.DEBUG else draw(*arguments)  # type: ignore[attr-defined]
