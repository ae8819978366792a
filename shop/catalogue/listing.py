"""Which products a list shows, and in what order."""

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Q, Subquery, Value, When
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shop.models import AttributeValue, Category, Product, ProductQuerySet, Variant, VariantQuerySet

from .shelves import inside

PAGE_SIZE = 12

# What `sort=` may say, how people read it, and the order it means; the first is the usual one.
Sorts = dict[str, tuple[Promise, tuple[str, ...]]]
SORTS: Sorts = {
    "recommended": (_("Recommended"), ("sold_out", "-popularity", "pk")),
    "price": (_("Price, low to high"), ("lowest_price", "pk")),
    "-price": (_("Price, high to low"), ("-lowest_price", "pk")),
    "name": (_("Name"), ("name", "pk")),
    "newest": (_("Newest first"), ("-created", "-pk")),
}
# For products that a search found: see shop/search/matching.py.
SEARCH_SORTS: Sorts = SORTS | {"recommended": (_("Best match"), ("-relevance", *SORTS["recommended"][1]))}


def products() -> ProductQuerySet:
    """What a shopper can find: published, with something to buy, whether in stock or not."""
    return Product.objects.published().filter(Exists(_variants()))


def in_order(found: ProductQuerySet, key: str, sorts: Sorts = SORTS) -> ProductQuerySet:
    """`found` sorted as `key` of `sorts` says."""
    order = sorts[key][1]
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


def newest_and_recommended(*, newest: int, recommended: int) -> ProductQuerySet:
    """The newest in stock and the first recommended in one query, which leaves sorting them apart to the caller."""
    fresh = in_order(products().filter(~sold_out()), "newest").values("pk")[:newest]
    wanted = in_order(products(), "recommended").values("pk")[:recommended]
    return products().filter(Q(pk__in=fresh) | Q(pk__in=wanted))


def related_to(product: Product) -> ProductQuerySet:
    """Other products: in stock before sold out, then those that share most of what shoppers filter by."""
    values = AttributeValue.objects.filter(products=product, attribute__is_filter=True)
    return (
        products()
        .filter(attribute_values__in=values)
        .exclude(pk=product.pk)
        .annotate(shared=Count("pk"), sold_out=sold_out())
        .order_by("sold_out", "-shared", "name", "pk")
    )
