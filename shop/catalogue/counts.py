"""The query behind facets: how many products of a list are in which other list, in one statement.

Each facet is counted in a set of products that misses no condition, that of the facet itself excepted; set 0, which
misses none at all, is for facets without a condition. A set is read as far as LONG products and one more. A set that is
a whole list may be a long one, which a worker has counted (shop/listings/counting.py): then it is not read at all.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import NamedTuple

from django.db import connection

from shop import listings

from .filters import Filters
from .scopes import LONG, RECOMMENDED, Scope

FEW = 250  # products, of a set that goes on beyond LONG, whose choices are counted

STATEMENT = """
WITH {sets},
numbered (number, place, products) AS (
    SELECT number, place, max(products) FROM ({numbers}) found GROUP BY number, place
),
choices (id, products, place) AS (
    SELECT value.id, numbered.products,
        row_number() OVER (PARTITION BY value.attribute_id ORDER BY numbered.products DESC, value.id)
    FROM numbered JOIN shop_attributevalue value ON value.id = numbered.place
    WHERE numbered.number = {of_attribute} AND numbered.number IN ({of_attributes})
)
{totals}
UNION ALL SELECT '*category', {of_category}, CAST(-place AS text), '', '', products, 0, FALSE
    FROM numbered WHERE place < 0 AND number = {of_category}
UNION ALL SELECT attribute.slug, {of_attribute}, value.slug, value.name, attribute.name, choices.products,
    attribute.position, attribute.is_on_home AND NOT EXISTS (
        SELECT 1 FROM shop_attributevalue inner_value
        WHERE inner_value.parent_id = value.id AND inner_value.attribute_id = value.attribute_id
    )
    FROM choices
    JOIN shop_attributevalue value ON value.id = choices.id
    JOIN shop_attribute attribute ON attribute.id = value.attribute_id
    WHERE attribute.is_filter AND choices.place <= {most}
"""
SET = """
set_{number} AS (
    SELECT {columns} FROM {rows} {unless} ORDER BY {order} LIMIT {most}
)
"""
UNLESS_COUNTED = "WHERE NOT EXISTS (SELECT 1 FROM shop_countedlist WHERE place = {place})"
NUMBERS = """
SELECT {number} AS number, place, count(*) AS products FROM shop_listing
WHERE product_id IN (SELECT product_id FROM set_{number} LIMIT {some}) {of_facet} GROUP BY place
"""
# Of a set that was not read to its end any number is the least that there are, and need not be the greatest such.
SOME = "(CASE WHEN (SELECT count(*) FROM set_{number}) > {long} THEN {few} ELSE {long} END)"
COUNTED = "SELECT {number}, place, products FROM shop_listcount WHERE of_id = {place}"
# Where a set is not read to its end there are choices that nothing of what was read has.
UNREAD = """
SELECT {number}, place, 0 FROM shop_listcount WHERE of_id = {place} AND (SELECT count(*) FROM set_{number}) > {long}
"""
WITHOUT_CHOICES = {"price", "in_stock"}
TOTAL = "SELECT '*total', {number}, '', '', '', count(*), 0, FALSE FROM set_{number}"
IN_STOCK = "SELECT '*in_stock', {number}, '', '', '', count(*), 0, FALSE FROM set_{number} WHERE in_stock"
PRICES = """
SELECT '*price', {number}, '', CAST(min(price) AS text), CAST(max(price) AS text), 0, 0, FALSE FROM {priced}
"""
UNLESS_CUT = "set_{number} WHERE (SELECT count(*) FROM set_{number}) <= {long}"
COUNTED_TOTALS = """
SELECT '*counted', {number}, '', '', '', products, 0, FALSE FROM shop_countedlist WHERE place = {place}
UNION ALL SELECT '*counted_in_stock', {number}, '', '', '', in_stock, 0, FALSE
    FROM shop_countedlist WHERE place = {place}
"""


class Row(NamedTuple):
    """What is counted, in which set: a slug, two names or prices, products.

    Of a value also its attribute's position, and whether home shows it.
    """

    facet: str
    number: int
    slug: str
    name: str
    other: str
    products: int
    position: int = 0
    is_on_home: bool = False


@dataclass(frozen=True)
class Counts:
    """The rows, and which set each facet with a condition was counted in."""

    rows: Sequence[Row]
    sets: dict[str, int]

    def of_set(self, facet: str) -> int:
        return self.sets.get(facet, 0)

    def number(self, what: str, number: int) -> int | None:
        """The one number of this kind in a set; None where there is none."""
        return next((row.products for row in self.rows if (row.facet, row.number) == (what, number)), None)

    @cached_property
    def cut(self) -> set[int]:
        """The sets that were not read to their end, so that their numbers are the least that there are."""
        return {row.number for row in self.rows if row.facet == "*total" and row.products > LONG}


class Set(NamedTuple):
    number: int
    facet: str
    rows: str
    is_whole: bool


def read(scope: Scope, filters: Filters) -> Counts:
    """Count the list of `scope`, narrowed by `filters`. One query; of a whole list two where none has counted it."""
    sets = list(_sets(scope, filters))
    numbers = {one.facet: one.number for one in sets if one.facet}
    if scope.found is None and not numbers:
        counting = partial(_statement, sets, numbers, scope, filters)
        return Counts([Row(*row) for row in listings.counted_once(scope.place, counting, Row._fields)], numbers)
    with connection.cursor() as cursor:
        cursor.execute(_statement(sets, numbers, scope, filters))
        return Counts([Row(*row) for row in cursor.fetchall()], numbers)


def _statement(sets: Sequence[Set], numbers: dict[str, int], scope: Scope, filters: Filters) -> str:
    return STATEMENT.format(
        sets=", ".join(_set(one, scope, numbers) for one in sets),
        numbers=" UNION ALL ".join(part for one in sets for part in _numbers(one, scope)),
        totals=" UNION ALL ".join(part for one in sets for part in _totals(one, scope, numbers)),
        of_category=numbers.get("category", 0),
        of_attribute=_of_attribute(numbers, filters),
        # Says nothing new, but by it Postgres expects few rows, and reads those of tens of thousands of values by ids.
        of_attributes=", ".join(str(one.number) for one in sets if one.facet not in WITHOUT_CHOICES | {"category"}),
        most=listings.MOST_CHOICES,
    )


def _sets(scope: Scope, filters: Filters) -> Iterator[Set]:
    facets = [*filters.places, *filters.limits]
    for number, facet in enumerate(["", *facets]):
        is_whole = scope.found is None and not set(facets) - {facet}
        yield Set(number, facet, scope.rows(filters, besides=facet), is_whole)


# Only numbers and our own names are put into the text.
def _set(one: Set, scope: Scope, numbers: dict[str, int]) -> str:
    """The price only where it is told: the other columns stand in the index that the set is read along."""
    columns = ["product_id", "in_stock", *(["price"] if one.number == numbers.get("price", 0) else [])]
    unless = UNLESS_COUNTED.format(place=int(scope.place)) if one.is_whole else ""
    shown = ", ".join(f"listing.{column}" for column in columns)
    return SET.format(number=one.number, columns=shown, rows=one.rows, unless=unless, order=RECOMMENDED, most=LONG + 1)


def _numbers(one: Set, scope: Scope) -> Iterator[str]:
    if one.facet in WITHOUT_CHOICES:
        return
    some = SOME.format(number=one.number, long=LONG, few=min(FEW, LONG))
    yield NUMBERS.format(number=one.number, some=some, of_facet="AND place < 0" if one.facet == "category" else "")
    if scope.found is None:
        text = COUNTED if one.is_whole else UNREAD
        yield text.format(number=one.number, place=int(scope.place), long=LONG)


def _totals(one: Set, scope: Scope, numbers: dict[str, int]) -> Iterator[str]:
    """How many the set has; of one set also how many are in stock, of one the prices."""
    yield TOTAL.format(number=one.number)
    if one.number == numbers.get("in_stock", 0):
        yield IN_STOCK.format(number=one.number)
    if one.number == numbers.get("price", 0):
        priced = f"shop_listing WHERE place = {int(scope.place)}" if one.is_whole else UNLESS_CUT
        yield PRICES.format(number=one.number, priced=priced.format(number=one.number, long=LONG))
    if one.is_whole:
        yield COUNTED_TOTALS.format(number=one.number, place=int(scope.place))


def _of_attribute(numbers: dict[str, int], filters: Filters) -> str:
    """Which set the attribute of a value is counted in."""
    own = {value.attribute_id: numbers[value.attribute.slug] for value in filters.values}
    cases = " ".join(f"WHEN {int(attribute)} THEN {number}" for attribute, number in own.items())
    return f"(CASE value.attribute_id {cases} ELSE 0 END)" if own else "0"
