"""What pages read of the catalogue, in a number of queries that does not grow with the products. Writes nothing."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db.models import (
    Case,
    Count,
    Exists,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    Subquery,
    Value,
    When,
    prefetch_related_objects,
)
from django.db.models.functions import Coalesce, JSONObject
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .models import AttributeValue, Category, Product, ProductImage, ProductQuerySet, Sale, Variant, VariantQuerySet

PAGE_SIZE = 12
RELATED = 4
DEFAULT_SORT = "recommended"

# What `sort=` may say, how people read it, and the order it means.
SORTS: dict[str, tuple[Promise, tuple[str, ...]]] = {
    "recommended": (_("Recommended"), ("sold_out", "-times_sold", "pk")),
    "price": (_("Price, low to high"), ("lowest_price", "pk")),
    "-price": (_("Price, high to low"), ("-lowest_price", "pk")),
    "name": (_("Name"), ("name", "pk")),
    "newest": (_("Newest first"), ("-created", "-pk")),
}


@dataclass(frozen=True)
class Card:
    """A product as lists show it, with everything already read."""

    product: Product
    cover: ProductImage | None
    variant: Variant
    variant_count: int
    available: int
    producer: str = ""
    country: str = ""
    region: str = ""
    grape: str = ""
    vintage: str = ""

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

    def get_absolute_url(self) -> str:
        return self.product.get_absolute_url()


CARD_ATTRIBUTES = ("producer", "country", "region", "grape", "vintage")


def products() -> ProductQuerySet:
    """What a shopper can find: published, with something to buy, whether in stock or not."""
    return Product.objects.published().filter(Exists(Variant.objects.filter(product=OuterRef("pk"))))


def in_order(found: ProductQuerySet, key: str) -> ProductQuerySet:
    """`found` sorted as `key` of SORTS says."""
    order = SORTS[key][1]
    names = {name.removeprefix("-") for name in order}
    return found.annotate(**{name: make() for name, make in SORT_COLUMNS.items() if name in names}).order_by(*order)


def _variants() -> VariantQuerySet:
    return Variant.objects.filter(product=OuterRef("pk"))


def _lowest_price() -> Subquery:
    """The price on the card: see _cheapest."""
    in_stock_first = Case(When(available__gt=0, then=Value(0)), default=Value(1), output_field=IntegerField())
    return Subquery(_variants().order_by(in_stock_first, "price").values("price")[:1])


def _sold_out() -> Any:
    return ~Exists(_variants().filter(available__gt=0))


def _times_sold() -> Coalesce:
    sales = Sale.objects.filter(variant__product=OuterRef("pk")).order_by().values("variant__product")
    return Coalesce(Subquery(sales.annotate(times=Count("pk")).values("times")), 0)


SORT_COLUMNS: dict[str, Callable[[], Any]] = {
    "lowest_price": _lowest_price,
    "sold_out": _sold_out,
    "times_sold": _times_sold,
}


def in_category(category: Category, tree: Iterable[Category]) -> ProductQuerySet:
    """Products on the shelf and on the shelves that stand in it; `tree` is every category."""
    inside = {category.pk}
    waiting = list(tree)
    while added := {shelf.pk for shelf in waiting if shelf.parent_id in inside} - inside:
        inside |= added
    return products().filter(category__in=inside)


def ancestors(category: Category, tree: Iterable[Category]) -> list[Category]:
    """The shelves that `category` stands in, outermost first; `tree` is every category."""
    by_id = {shelf.pk: shelf for shelf in tree}
    found: list[Category] = []
    parent = by_id.get(category.parent_id or 0)
    while parent and parent not in found:
        found.insert(0, parent)
        parent = by_id.get(parent.parent_id or 0)
    return found


def with_value(value: AttributeValue) -> ProductQuerySet:
    """Products that have the value or one below it: New World finds a Maipo. Three levels deep, as far as values go."""
    below = AttributeValue.objects.filter(Q(pk=value.pk) | Q(parent=value.pk) | Q(parent__parent=value.pk))
    through = Product.attribute_values.through.objects.filter(product=OuterRef("pk"), attributevalue__in=below)
    return products().filter(Exists(through))


def related_to(product: Product) -> ProductQuerySet:
    """A few other products: in stock before sold out, then those that share most of what shoppers filter by."""
    values = AttributeValue.objects.filter(products=product, attribute__is_filter=True)
    return (
        products()
        .filter(attribute_values__in=values)
        .exclude(pk=product.pk)
        .annotate(shared=Count("pk"), sold_out=_sold_out())
        .order_by("sold_out", "-shared", "name", "pk")[:RELATED]
    )


def with_cover(found: ProductQuerySet) -> ProductQuerySet:
    """`found` with each product's first picture read along, which spares a query."""
    images = ProductImage.objects.filter(product=OuterRef("pk")).order_by("position", "pk")
    first = images.values(json=JSONObject(**{name: name for name in ProductImage.SHOWN}))[:1]
    return found.annotate(cover_fields=Subquery(first))


def cards(found: Iterable[Product]) -> list[Card]:
    """`found`, which went through with_cover, as cards. Two queries, whatever their number."""
    listed = list(found)
    values = AttributeValue.objects.select_related("attribute")
    prefetch_related_objects(listed, "variants", Prefetch("attribute_values", values))
    return [_card(product) for product in listed]


def _card(product: Product) -> Card:
    variants = list(product.variants.all())
    fields = getattr(product, "cover_fields", None)
    names: dict[str, list[str]] = {}
    for value in product.attribute_values.all():
        names.setdefault(value.attribute.slug, []).append(value.name)
    return Card(
        product=product,
        cover=ProductImage(**fields) if fields else None,
        variant=_cheapest(variants),
        variant_count=len(variants),
        available=sum(variant.available for variant in variants),
        **{slug: ", ".join(names.get(slug, ())) for slug in CARD_ATTRIBUTES},
    )


def _cheapest(variants: Sequence[Variant]) -> Variant:
    """The cheapest that is in stock, else the cheapest."""
    return min(variants, key=lambda variant: (variant.available <= 0, variant.price, variant.pk))


def facts(product: Product) -> list[tuple[str, list[AttributeValue]]]:
    """The attributes of a product that went through `cards`, in their order, each with its values."""
    values = sorted(product.attribute_values.all(), key=lambda v: (v.attribute.position, v.attribute.name, v.position))
    return [(name, list(group)) for name, group in groupby(values, key=lambda value: value.attribute.name)]
