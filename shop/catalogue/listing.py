"""Which products a list shows, and in what order."""

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Q, Subquery, Value, When
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shop.models import AttributeValue, Category, Product, ProductQuerySet, Variant, VariantQuerySet

from .shelves import inside

PAGE_SIZE = 12
RELATED = 4
DEFAULT_SORT = "recommended"

# What `sort=` may say, how people read it, and the order it means.
SORTS: dict[str, tuple[Promise, tuple[str, ...]]] = {
    "recommended": (_("Recommended"), ("sold_out", "-popularity", "pk")),
    "price": (_("Price, low to high"), ("lowest_price", "pk")),
    "-price": (_("Price, high to low"), ("-lowest_price", "pk")),
    "name": (_("Name"), ("name", "pk")),
    "newest": (_("Newest first"), ("-created", "-pk")),
}


def products() -> ProductQuerySet:
    """What a shopper can find: published, with something to buy, whether in stock or not."""
    return Product.objects.published().filter(Exists(_variants()))


def in_order(found: ProductQuerySet, key: str) -> ProductQuerySet:
    """`found` sorted as `key` of SORTS says."""
    order = SORTS[key][1]
    names = {name.removeprefix("-") for name in order}
    return found.annotate(**{name: make() for name, make in SORT_COLUMNS.items() if name in names}).order_by(*order)


def _variants() -> VariantQuerySet:
    return Variant.objects.filter(product=OuterRef("pk"))


def lowest_price() -> Subquery:
    """The price on the card: the lowest in stock, else the lowest."""
    in_stock_first = Case(When(available__gt=0, then=Value(0)), default=Value(1), output_field=IntegerField())
    return Subquery(_variants().order_by(in_stock_first, "price").values("price")[:1])


def sold_out() -> Any:
    return ~Exists(_variants().filter(available__gt=0))


SORT_COLUMNS: dict[str, Callable[[], Any]] = {"lowest_price": lowest_price, "sold_out": sold_out}


def in_category(category: Category, tree: Iterable[Category]) -> ProductQuerySet:
    """Products on the shelf and on the shelves that stand in it; `tree` is every category."""
    return products().filter(category__in=inside(category, tree))


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
        .annotate(shared=Count("pk"), sold_out=sold_out())
        .order_by("sold_out", "-shared", "name", "pk")[:RELATED]
    )
