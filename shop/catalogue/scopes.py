"""Which products a list shows before it is narrowed, and in what order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, Exists, F, Func, OuterRef, QuerySet
from django.db.models.sql.compiler import SQLCompiler
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shop import listings
from shop.models import Listing, Product, ProductQuerySet, Variant

# Pages go so far and no further, and filtered lists are counted so far: nobody leafs on, and a page costs the same
# however long its list is.
LONG = listings.LONG
PAGE_SIZE = 12
Order = tuple[str, ...]
# What `sort=` may say, how people read it, and the order it means; the first is the usual one.
Sorts = dict[str, tuple[Promise, Order]]
SORTS: Sorts = {
    "recommended": (_("Recommended"), ("-in_stock", "-popularity", "product_id")),
    "price": (_("Price, low to high"), ("price", "product_id")),
    "-price": (_("Price, high to low"), ("-price", "-product_id")),
    "name": (_("Name"), ("name", "product_id")),
    "newest": (_("Newest first"), ("-product_id",)),
}
RECOMMENDED = SORTS["recommended"][1]
NEWEST = SORTS["newest"][1]
AS_FOUND: Order = ()  # the best match first
SEARCH_SORTS: Sorts = SORTS | {"recommended": (_("Best match"), AS_FOUND)}


@dataclass(frozen=True)
class Scope:
    """The place that a list is of; of a search also the products that it found, the best match first."""

    place: int = listings.EVERYTHING
    found: tuple[int, ...] | None = None

    def rows(self) -> "QuerySet[Listing]":
        """The list's rows, in no order."""
        rows = Listing.objects.filter(place=self.place)
        return rows if self.found is None else rows.filter(product__in=self.found)


def products() -> ProductQuerySet:
    """What a shopper can find: published, with something to buy, whether in stock or not."""
    return Product.objects.published().filter(Exists(Variant.objects.filter(product=OuterRef("pk"))))


def page_of(scope: Scope, rows: "QuerySet[Listing]", order: Order, *, first: int, most: int) -> ProductQuerySet:
    """The products of `rows`, which are of `scope`, from the one with the number `first` (0) on, in this order."""
    wanted = _in_order(scope, rows, order).values("product")[first : first + most]
    found = products().filter(pk__in=wanted, listings__place=scope.place)
    if not order:
        return found.order_by(PlaceAmong(F("pk"), scope.found or ()))
    return found.order_by(*(f"-listings__{name[1:]}" if name[0] == "-" else f"listings__{name}" for name in order))


def _in_order(scope: Scope, rows: "QuerySet[Listing]", order: Order) -> "QuerySet[Listing]":
    return rows.order_by(*order) if order else rows.order_by(PlaceAmong(F("product_id"), scope.found or ()))


class PlaceAmong(Func):
    """Where an id stands among others; those that come first are less."""

    output_field = BigIntegerField()

    def __init__(self, expression: Any, ids: Sequence[int]) -> None:
        self.ids = ids
        super().__init__(expression)

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, *_: Any, **extra: Any) -> Any:
        ids = ",".join(map(str, self.ids))
        return super().as_sql(compiler, connection, template=f"array_position(ARRAY[{ids}]::bigint[], %(expressions)s)")

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> Any:
        ids = ",".join(map(str, self.ids))
        return super().as_sql(
            compiler, connection, template=f"instr(',{ids},', ',' || CAST(%(expressions)s AS text) || ',')"
        )
