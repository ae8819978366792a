"""Loads the demo catalogue. What is already there stays as it is: prices and stock that staff changed are theirs."""

from datetime import timedelta

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from shop import prices, search, stock
from shop.models import Attribute, AttributeValue, Category, Product, ProductImage, SearchWeight, Variant

from .looks import bottle_of
from .pictures import draw_bottle
from .wines import ATTRIBUTES, Wine, categories, wines, world_of, worlds


def load() -> int:
    """Load what is missing and say how many products that was. A second call loads nothing.

    Each product arrives whole or not at all, so an interrupted load is finished by the next.
    """
    shelves = _load_categories()
    attributes = _load_attributes()
    missing = [wine for wine in wines() if not _is_there(wine)]
    for wine in missing:
        with transaction.atomic():
            _load_wine(wine, shelves[wine.category], attributes)
    return len(missing)


def _is_there(wine: Wine) -> bool:
    skus = [unit.sku for unit in wine.units]
    return Variant.objects.filter(sku__in=skus).exists() or Product.objects.filter(slug=wine.slug).exists()


def _load_categories() -> dict[str, Category]:
    return {
        name: Category.objects.get_or_create(
            slug=slugify(name), defaults={"name": name, "description": intro, "position": position}
        )[0]
        for position, (name, intro) in enumerate(categories())
    }


# How much a match of an attribute counts in searches; of those not named here, little.
SEARCH_WEIGHTS = {"producer": SearchWeight.HIGH, "grape": SearchWeight.MIDDLE, "region": SearchWeight.MIDDLE}


def _load_attributes() -> dict[str, Attribute]:
    return {
        slug: Attribute.objects.get_or_create(
            slug=slug,
            defaults={
                "name": name,
                "is_filter": is_filter,
                "position": position,
                "is_on_home": slug == "country",
                "search_weight": SEARCH_WEIGHTS.get(slug, SearchWeight.LOW),
            },
        )[0]
        for position, (slug, (name, is_filter)) in enumerate(ATTRIBUTES.items())
    }


def _load_wine(wine: Wine, shelf: Category, attributes: dict[str, Attribute]) -> None:
    product = Product.objects.create(
        name=wine.name, slug=wine.slug, description=wine.text, category=shelf, published=wine.published
    )
    product.attribute_values.set(_value(attributes, slug, name, wine) for slug, name in wine.values)
    for position, unit in enumerate(wine.units):
        variant = Variant.objects.create(
            product=product,
            sku=unit.sku,
            label=unit.label,
            position=position,
            price=unit.price,
            cost=unit.cost,
            weight=unit.weight,
            volume=unit.volume,
        )
        if unit.was:
            prices.set_price(variant.pk, unit.was)
            variant.price_changes.update(at=timezone.now() - timedelta(days=60))
        prices.set_price(variant.pk, unit.price)
        if unit.stock:
            stock.adjust(variant.pk, unit.stock, reference="first delivery", actor="load_demo")
    _load_picture(wine, product)
    search.index(Product.objects.filter(pk=product.pk))


def _load_picture(wine: Wine, product: Product) -> None:
    alt = f"A bottle of {wine.name} {wine.vintage}".strip() + f" by {wine.producer}"
    picture = ContentFile(draw_bottle(bottle_of(wine)), name=f"{wine.slug}.webp")
    ProductImage.objects.create(product=product, file=picture, alt=alt)


def _value(attributes: dict[str, Attribute], slug: str, name: str, wine: Wine) -> AttributeValue:
    """The value called `name`, below its country where it is a region, and below its world where it is a country."""
    parent = None
    if slug == "region":
        parent = _value(attributes, "country", wine.country, wine)
    elif slug == "country" and name not in worlds():
        parent = _value(attributes, "country", world_of(name), wine)
    value, _created = AttributeValue.objects.get_or_create(
        attribute=attributes[slug], slug=slugify(name), defaults={"name": name, "parent": parent}
    )
    return value
