"""What a list can be narrowed by, and how many products each choice would show.

Of a list that was not counted to its end a number is the least that there are, and says so (`is_least`).
"""

import time
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache

from shop.models import Category

from . import counts
from .counts import Counts, Row
from .filters import Filters
from .scopes import LONG, Scope

KEPT = 100  # lists whose facets a process keeps, about 30 KB each
FRESH = 60  # seconds: numbers that a worker counts change without a new version

OF_THE_LIST = frozenset({"*total", "*in_stock", "*price", "*counted", "*counted_in_stock", "*category"})


@dataclass(slots=True)
class Choice:
    """One box to tick. Nothing is known of a `count` of 0 that is the least."""

    slug: str
    name: str
    count: int
    chosen: bool = False
    is_on_home: bool = False
    is_least: bool = False


@dataclass(frozen=True)
class Facet:
    """The boxes of one parameter of the address."""

    slug: str
    name: str
    choices: Sequence[Choice]

    @property
    def is_chosen(self) -> bool:
        return any(choice.chosen for choice in self.choices)


@dataclass(frozen=True)
class Facets:
    """Everything that a list can be narrowed by, and how many products it shows now."""

    total: int
    is_least: bool = False
    attributes: Sequence[Facet] = ()
    by_category: dict[int, int] = field(default_factory=dict)
    in_stock: int = 0
    least: frozenset[str] = frozenset()  # of "category" and "in_stock" those whose numbers are the least
    lowest: Decimal | None = None
    highest: Decimal | None = None

    @property
    def is_cut(self) -> bool:
        """Whether pages end before the list does."""
        return self.is_least or self.total > LONG

    @property
    def in_stock_is_least(self) -> bool:
        return "in_stock" in self.least

    def offered(self, besides: Collection[str] = ()) -> list[Facet]:
        """The attributes that offer a choice; `besides` are slugs of values that every product of the list has."""
        left = [
            replace(facet, choices=[choice for choice in facet.choices if choice.slug not in besides])
            for facet in self.attributes
        ]
        return [facet for facet in left if len(facet.choices) > 1 or facet.is_chosen]

    def on_home(self) -> list[Facet]:
        """The ways in from the home page: countries, for one, but not the groups of countries they stand in."""
        ways = [
            replace(facet, choices=[choice for choice in facet.choices if choice.is_on_home])
            for facet in self.attributes
        ]
        return [facet for facet in ways if facet.choices]

    def shelves(self, filters: Filters, below: Category | None) -> list[Choice]:
        """The categories that stand directly in `below`, each with its products and those on the shelves in it."""
        return [
            Choice(shelf.slug, shelf.name, self.by_category.get(shelf.pk, 0), chosen, is_least="category" in self.least)
            for shelf in filters.tree
            if (chosen := shelf in filters.categories)
            or (shelf.pk in self.by_category and shelf.parent_id == (below.pk if below else None))
        ]


def count(scope: Scope, filters: Filters, *, version: Hashable = None) -> Facets:
    """How many products of a list each choice would leave beside the other filters. One query; none of no products.

    Of the same `version` of the catalogue (shop/changes.py) it is counted once in FRESH seconds: all pages of a list,
    in any order, have the same facets.
    """
    if version is None:
        return _count(scope, filters)
    return _counted(scope, filters, version, int(time.monotonic() / FRESH))


@lru_cache(KEPT)
def _counted(scope: Scope, filters: Filters, _version: Hashable, _moment: int) -> Facets:
    return _count(scope, filters)


def _count(scope: Scope, filters: Filters) -> Facets:
    if scope.found == ():
        return Facets(0, attributes=_attributes(Counts((), {}), filters))
    found = counts.read(scope, filters)
    in_stock = found.of_set("in_stock")
    lowest, highest = _prices(found)
    return Facets(
        total=_number(found, "*total", "*counted", 0),
        is_least=0 in found.cut,
        attributes=_attributes(found, filters),
        by_category={int(row.slug): row.products for row in found.rows if row.facet == "*category"},
        in_stock=_number(found, "*in_stock", "*counted_in_stock", in_stock),
        least=frozenset(facet for facet in ("category", "in_stock") if found.of_set(facet) in found.cut),
        lowest=lowest,
        highest=highest,
    )


def _number(found: Counts, read: str, counted: str, number: int) -> int:
    """As a worker counted it, else as it was read, without the one that only says that there are more."""
    known = found.number(counted, number)
    return min(found.number(read, number) or 0, LONG) if known is None else known


def _prices(found: Counts) -> tuple[Decimal | None, Decimal | None]:
    """The lowest and the highest; nothing where there are none, or where not all of them were read."""
    number = found.of_set("price")
    row = next(row for row in found.rows if row.facet == "*price" and row.number == number)
    return (Decimal(row.name), Decimal(row.other)) if row.name else (None, None)


def _attributes(found: Counts, filters: Filters) -> list[Facet]:
    """The attributes in their order; their values by how many products they would show."""
    chosen = {(value.attribute.slug, value.slug): value for value in filters.values}
    rows = [row for row in found.rows if row.facet not in OF_THE_LIST]
    rows += [
        Row(facet, found.of_set(facet), slug, value.name, value.attribute.name, 0, value.attribute.position)
        for (facet, slug), value in chosen.items()
        if not any((row.facet, row.slug) == (facet, slug) for row in rows)
    ]
    choices: dict[tuple[str, str], list[Choice]] = {}
    for row in sorted(rows, key=lambda row: (row.position, -row.products, row.name)):
        facet, _number, slug, name, attribute, products, _position, is_on_home = row
        choice = Choice(slug, name, products, (facet, slug) in chosen, bool(is_on_home), row.number in found.cut)
        choices.setdefault((facet, attribute), []).append(choice)
    return [Facet(slug, name, of_facet) for (slug, name), of_facet in choices.items()]
