"""Loads the demo catalogue. What is already there stays as it is: prices and stock that staff changed are theirs."""

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import islice

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from shop import prices, search, stock
from shop.models import Attribute, AttributeValue, Category, PriceChange, Product, ProductImage, SearchWeight, Variant

from .business import load_business
from .looks import bottle_of
from .pictures import draw_bottle
from .wines import ATTRIBUTES, SKU_PREFIX, Wine, categories, wines, world_of, worlds

BATCH = 25  # products that arrive together


def load() -> int:
    """Load what is missing and say how many products that was. A second call loads nothing.

    Each product arrives whole or not at all, so an interrupted load is finished by the next.
    """
    load_business()
    shelves = _load_categories()
    values = _Values()
    missing = _missing()
    with ThreadPoolExecutor(os.cpu_count()) as painters:  # Pillow draws outside Python's lock
        drawn = zip(missing, painters.map(draw_bottle, map(bottle_of, missing)), strict=True)
        while batch := list(islice(drawn, BATCH)):
            with transaction.atomic():
                for wine, pictures in batch:
                    _load_wine(wine, shelves[wine.category], values, pictures)
                loaded = [wine for wine, _pictures in batch]
                _offer(loaded)
                search.index(Product.objects.filter(slug__in=[wine.slug for wine in loaded]))
    return len(missing)


def _missing() -> list[Wine]:
    """Wines of which neither a SKU nor the address is taken."""
    found = wines()
    skus = set(Variant.objects.filter(sku__startswith=SKU_PREFIX).values_list("sku", flat=True))
    slugs = set(Product.objects.filter(slug__in=[wine.slug for wine in found]).values_list("slug", flat=True))
    return [wine for wine in found if wine.slug not in slugs and not skus & {unit.sku for unit in wine.units}]


def _load_categories() -> dict[str, Category]:
    return {
        name: Category.objects.get_or_create(
            slug=slugify(name), defaults={"name": name, "description": intro, "position": position}
        )[0]
        for position, (name, intro) in enumerate(categories())
    }


# How much a match of an attribute counts in searches; of those not named here, little.
SEARCH_WEIGHTS = {"producer": SearchWeight.HIGH, "grape": SearchWeight.MIDDLE, "region": SearchWeight.MIDDLE}


def _load_wine(wine: Wine, shelf: Category, values: "_Values", pictures: tuple[bytes, bytes]) -> None:
    product = Product.objects.create(
        name=wine.name, slug=wine.slug, description=wine.text, category=shelf, published=wine.published
    )
    product.attribute_values.add(*(values.of(slug, name, wine) for slug, name in wine.values))
    for position, unit in enumerate(wine.units):
        Variant.objects.create(
            product=product,
            sku=unit.sku,
            label=unit.label,
            position=position,
            price=unit.price,
            cost=unit.cost,
            weight=unit.weight,
            volume=unit.volume,
        )
    _load_pictures(wine, product, pictures)


def _offer(loaded: list[Wine]) -> None:
    """Prices and units for the shelves; what costs less now cost more two months ago."""
    units = {unit.sku: unit for wine in loaded for unit in wine.units}
    variants = {variant.pk: units[variant.sku] for variant in Variant.objects.filter(sku__in=units)}
    before = {pk: unit.was for pk, unit in variants.items() if unit.was}
    prices.set_prices(before)
    PriceChange.objects.filter(variant__in=before).update(at=timezone.now() - timedelta(days=60))
    prices.set_prices({pk: unit.price for pk, unit in variants.items()})
    delivered = {pk: unit.stock for pk, unit in variants.items()}
    stock.adjust_many(delivered, reference="first delivery", actor="load_demo")


def _load_pictures(wine: Wine, product: Product, pictures: tuple[bytes, bytes]) -> None:
    """The bottle, and its label close up."""
    called = f"{wine.name} {wine.vintage}".strip() + f" by {wine.producer}"
    shown = (("", f"A bottle of {called}"), ("-label", f"The label of {called}"))
    for position, (picture, (suffix, alt)) in enumerate(zip(pictures, shown, strict=True)):
        file = ContentFile(picture, name=f"{wine.slug}{suffix}.webp")
        ProductImage.objects.create(product=product, file=file, alt=alt, position=position)


class _Values:
    """The attributes and their values; those that are missing are made when they are asked for."""

    def __init__(self) -> None:
        self._attributes = {
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
        found = AttributeValue.objects.filter(attribute__in=self._attributes.values()).select_related("attribute")
        self._values = {(value.attribute.slug, value.slug): value for value in found}

    def of(self, slug: str, name: str, wine: Wine) -> AttributeValue:
        """The value called `name`: a region below its country, a country below its part of the world."""
        key = (slug, slugify(name))
        if key not in self._values:
            parent = None
            if slug == "region":
                parent = self.of("country", wine.country, wine)
            elif slug == "country" and name not in worlds():
                parent = self.of("country", world_of(name), wine)
            attribute = self._attributes[slug]
            self._values[key] = AttributeValue.objects.create(
                attribute=attribute, slug=key[1], name=name, parent=parent
            )
        return self._values[key]
