"""Products as lists show them, with everything already read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

from django.db.models import F, OuterRef, Subquery, prefetch_related_objects
from django.db.models.functions import JSONObject

from shop.models import Attribute, AttributeValue, Category, Product, ProductImage, ProductQuerySet, Variant

from .aggregates import JSONList

COVER = {name: name for name in ProductImage.SHOWN}
OF_ATTRIBUTE = ("id", "name", "slug", "position", "is_filter")
VALUE = {name: F(f"attributevalue__{name}") for name in ("id", "name", "slug", "position")} | {
    f"attribute_{name}": F(f"attributevalue__attribute__{name}") for name in OF_ATTRIBUTE
}


@dataclass(frozen=True)
class Card:
    """A product as lists show it."""

    product: Product
    cover: ProductImage | None
    variants: Sequence[Variant]
    told: Sequence[dict[str, Any]]  # of the attribute values, in their order

    def __str__(self) -> str:
        return self.product.name

    @property
    def pk(self) -> int:
        return self.product.pk

    @property
    def name(self) -> str:
        return self.product.name

    @property
    def slug(self) -> str:
        return self.product.slug

    @property
    def description(self) -> str:
        return self.product.description

    @property
    def category(self) -> Category:
        return self.product.category

    @cached_property
    def variant(self) -> Variant:
        """The cheapest that is in stock, else the cheapest: its price and its stock are the card's."""
        return min(self.variants, key=lambda variant: (variant.available <= 0, variant.price, variant.pk))

    @property
    def variant_count(self) -> int:
        return len(self.variants)

    @property
    def available(self) -> int:
        """Units of the variant that the card shows: other sizes cannot stand in for it. None only if all are gone."""
        return self.variant.available

    @property
    def most_available(self) -> int:
        """Units of the variant that there is most of."""
        return max(variant.available for variant in self.variants)

    @cached_property
    def values(self) -> list[AttributeValue]:
        """The attribute values as rows, each with its attribute, in their order."""
        return [_value(fields) for fields in self.told]

    @cached_property
    def named(self) -> dict[str, str]:
        """Attribute's slug -> the names of its values."""
        groups = groupby(self.told, key=lambda fields: str(fields["attribute_slug"]))
        return {slug: ", ".join(fields["name"] for fields in values) for slug, values in groups}

    def get_absolute_url(self) -> str:
        return self.product.get_absolute_url()


def for_cards(found: ProductQuerySet) -> ProductQuerySet:
    """`found` with each product's first picture and attribute values read along, which spares two queries."""
    images = ProductImage.objects.filter(product=OuterRef("pk")).order_by("position", "pk")
    through = Product.attribute_values.through.objects.filter(product=OuterRef("pk")).order_by()
    lists = through.values("product").annotate(json=JSONList(JSONObject(**VALUE)))
    return found.annotate(
        cover_fields=Subquery(images.values(json=JSONObject(**COVER))[:1]),
        value_fields=Subquery(lists.values("json")),  # type: ignore[misc]  # the plugin loses the annotation
    )


def with_gallery(found: ProductQuerySet) -> ProductQuerySet:
    """`found` with all pictures of each product read along: see `gallery`."""
    images = ProductImage.objects.filter(product=OuterRef("pk")).order_by().values("product")
    fields = JSONObject(**COVER, id="id", position="position")
    return found.annotate(gallery_fields=Subquery(images.annotate(json=JSONList(fields)).values("json")))


def gallery(product: Any) -> list[ProductImage]:
    """The pictures of a product that went through with_gallery, in their order. No query."""
    images = [ProductImage(**fields) for fields in product.gallery_fields or ()]
    return sorted(images, key=lambda image: (image.position, image.pk))


def cards(found: Iterable[Product]) -> list[Card]:
    """`found`, which went through for_cards, as cards. One query, whatever their number."""
    listed = list(found)
    prefetch_related_objects(listed, "variants")
    return [_card(product, product.variants.all()) for product in listed]


def names(found: Iterable[Product]) -> list[Card]:
    """Cards that say what products are, but not what they cost. No query beside that of `found`."""
    return [_card(product, ()) for product in found]


def facts(card: Card) -> list[tuple[str, list[AttributeValue]]]:
    """The attributes of a product in their order, each with its values."""
    return [(name, list(group)) for name, group in groupby(card.values, key=lambda value: value.attribute.name)]


def _card(product: Any, variants: Iterable[Variant]) -> Card:
    cover = product.cover_fields
    return Card(
        product=product,
        cover=ProductImage(**cover) if cover else None,
        variants=list(variants),
        told=sorted(product.value_fields or (), key=_place),
    )


def _value(fields: dict[str, Any]) -> AttributeValue:
    attribute = Attribute(**{name: fields[f"attribute_{name}"] for name in OF_ATTRIBUTE})
    return AttributeValue(attribute=attribute, **{name: fields[name] for name in ("id", "name", "slug", "position")})


def _place(fields: dict[str, Any]) -> tuple[int, str, int, str]:
    return fields["attribute_position"], fields["attribute_name"], fields["position"], fields["name"]
