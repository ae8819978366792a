"""Which products a list shows, and in what order, as SQL. Only numbers and our own names are put into its text."""

from dataclasses import dataclass

from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shop import listings
from shop.models import Product, ProductQuerySet, Variant

from .filters import Filters

# Pages go so far and no further, and filtered lists are counted so far: nobody leafs on, and a page costs the same
# however long its list is.
LONG = listings.LONG
PAGE_SIZE = 12
Order = str
# What `sort=` may say, how people read it, and the order it means; the first is the usual one.
Sorts = dict[str, tuple[Promise, Order]]
SORTS: Sorts = {
    "recommended": (_("Recommended"), "listing.in_stock DESC, listing.popularity DESC, listing.product_id"),
    "price": (_("Price, low to high"), "listing.price, listing.product_id"),
    "-price": (_("Price, high to low"), "listing.price DESC, listing.product_id DESC"),
    "name": (_("Name"), "listing.name, listing.product_id"),
    "newest": (_("Newest first"), "listing.product_id DESC"),
}
RECOMMENDED = SORTS["recommended"][1]
NEWEST = SORTS["newest"][1]
AS_FOUND: Order = "listing.number"  # the best match first
SEARCH_SORTS: Sorts = SORTS | {"recommended": (_("Best match"), AS_FOUND)}

FOUND = {
    "postgresql": "unnest('{{{ids}}}'::bigint[]) WITH ORDINALITY found (id, number)",
    "sqlite": "(SELECT value AS id, key AS number FROM json_each('[{ids}]')) found",
}
IN_OTHERS = """EXISTS (
    SELECT 1 FROM shop_listing other WHERE other.product_id = one.product_id AND other.place IN ({places})
)"""


@dataclass(frozen=True)
class Scope:
    """The place that a list is of; of a search also the products that it found, the best match first."""

    place: int = listings.EVERYTHING
    found: tuple[int, ...] | None = None

    def rows(self, filters: Filters, *, besides: str = "") -> str:
        """The rows of the list, in no order, that fulfil every filter but that of the facet `besides`: `listing`."""
        lists = [(self.place,), *(places for facet, places in filters.places.items() if facet != besides)]
        # A product is sorted alike wherever it is listed, so the list that has fewest is read along an index.
        place = max((places[0] for places in lists if len(places) == 1), key=_how_narrow)
        others = [places for places in lists if places not in {(place,), (listings.EVERYTHING,)}]
        conditions = [
            f"one.place = {int(place)}",
            *(IN_OTHERS.format(places=_joined(places)) for places in others),
            *(limit for facet, limit in filters.limits.items() if facet != besides),
        ]
        return f"(SELECT {self._source()} WHERE {' AND '.join(conditions)}) listing"

    def _source(self) -> str:
        if self.found is None:
            return "one.* FROM shop_listing one"
        found = FOUND[connection.vendor].format(ids=_joined(self.found))
        return f"one.*, found.number FROM {found} JOIN shop_listing one ON one.product_id = found.id"


def products() -> ProductQuerySet:
    """What a shopper can find: published, with something to buy, whether in stock or not."""
    return Product.objects.published().filter(Exists(Variant.objects.filter(product=OuterRef("pk"))))


def _how_narrow(place: int) -> int:
    """A value has fewer products than a shelf, mostly, and either fewer than there are."""
    return 2 if place > 0 else 1 if place < 0 else 0


def _joined(numbers: tuple[int, ...]) -> str:
    return ",".join(str(int(number)) for number in numbers)
