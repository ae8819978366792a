"""What a list can be narrowed by, and how many products each choice would show. One query, however many facets."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from hashlib import blake2b

from django.core.cache import cache
from django.db import connection
from django.db.models import Case, Exists, IntegerField, OuterRef, Value, When

from shop.models import Category, ProductQuerySet, Variant

from .filters import Filters
from .shelves import inside

LONG, KEPT = 5000, 300  # products; seconds
MOST_CHOICES = 40  # of one attribute, those with most products
MISSED = "missed_{}"  # column: 1 where a product does not fulfil the condition of this number

# A product counts for a choice where it misses no condition, that of the choice's own facet excepted. `scope` is the
# list without filters; `lineage` leads to values that others stand in, from themselves and from those in them.
COUNTS = """
WITH scope AS ({scope}),
lineage (leaf, node) AS (
    SELECT parent_id, parent_id FROM shop_attributevalue WHERE parent_id IS NOT NULL
    UNION SELECT id, parent_id FROM shop_attributevalue WHERE parent_id IS NOT NULL
    UNION SELECT child.id, parent.parent_id FROM shop_attributevalue child
        JOIN shop_attributevalue parent ON parent.id = child.parent_id WHERE parent.parent_id IS NOT NULL
),
numbered (id, number) AS (
    SELECT value.id, count(*)
    FROM scope
    JOIN shop_product_attribute_values held ON held.product_id = scope.id
    JOIN shop_attributevalue value ON value.id = held.attributevalue_id
    WHERE {missed} - {missed_of_attribute} = 0 AND NOT EXISTS (SELECT 1 FROM lineage WHERE node = value.id)
    GROUP BY value.id
    UNION ALL SELECT had.node, count(*) FROM (
        SELECT DISTINCT scope.id, lineage.node
        FROM scope
        JOIN shop_product_attribute_values held ON held.product_id = scope.id
        JOIN lineage ON lineage.leaf = held.attributevalue_id
        JOIN shop_attributevalue value ON value.id = lineage.node
        WHERE {missed} - {missed_of_attribute} = 0
    ) had GROUP BY had.node
),
counted AS (
    SELECT value.id, numbered.number,
        row_number() OVER (PARTITION BY value.attribute_id ORDER BY numbered.number DESC, value.id) AS place
    FROM numbered JOIN shop_attributevalue value ON value.id = numbered.id
)
SELECT 'total', '', '', '', count(*), 0, FALSE FROM scope WHERE {missed} = 0
UNION ALL SELECT 'in_stock', '', '', '', count(*), 0, FALSE
    FROM scope WHERE {missed} - {missed_in_stock} = 0 AND in_stock
UNION ALL SELECT 'category', CAST(category_id AS text), '', '', count(*), 0, FALSE
    FROM scope WHERE {missed} - {missed_category} = 0 GROUP BY category_id
UNION ALL SELECT 'price', '', CAST(min(lowest) AS text), CAST(max(lowest) AS text), count(*), 0, FALSE
    FROM (
        SELECT min(variant.price) AS lowest
        FROM scope JOIN shop_variant variant ON variant.product_id = scope.id
        WHERE {missed} - {missed_price} = 0 GROUP BY scope.id
    ) priced
UNION ALL SELECT attribute.slug, value.slug, value.name, attribute.name, counted.number,
    attribute.position, attribute.is_on_home AND NOT EXISTS (
        SELECT 1 FROM shop_attributevalue inner_value
        WHERE inner_value.parent_id = value.id AND inner_value.attribute_id = value.attribute_id
    )
    FROM counted
    JOIN shop_attributevalue value ON value.id = counted.id
    JOIN shop_attribute attribute ON attribute.id = value.attribute_id
    WHERE attribute.is_filter AND counted.place <= {most}
"""


@dataclass(frozen=True)
class Choice:
    """One box to tick."""

    slug: str
    name: str
    count: int
    chosen: bool = False
    is_on_home: bool = False


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
    attributes: Sequence[Facet] = ()
    by_category: dict[int, int] = field(default_factory=dict)
    in_stock: int = 0
    lowest: Decimal | None = None
    highest: Decimal | None = None

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
        found = []
        for shelf in filters.tree:
            count = sum(self.by_category.get(pk, 0) for pk in inside(shelf, filters.tree))
            chosen = shelf in filters.categories
            if chosen or (count and shelf.parent_id == (below.pk if below else None)):
                found.append(Choice(shelf.slug, shelf.name, count, chosen))
        return found


def count(products: ProductQuerySet, filters: Filters, *, key: str) -> Facets:
    """How many of `products`, a list without filters, each choice would leave beside the other filters.

    Counting a long list takes a while, so that its numbers may be five minutes old; `key` says which list it is.
    """
    key = f"facets-{blake2b(key.encode(), digest_size=16).hexdigest()}"
    facets: Facets | None = cache.get(key)
    if facets is None:
        facets = _count(products, filters)
        if sum(facets.by_category.values()) > LONG:
            cache.set(key, facets, KEPT)
    return facets


def _count(products: ProductQuerySet, filters: Filters) -> Facets:
    rows = _rows(products, filters)
    single = {row[0]: row for row in rows if row[0] in SINGLE}
    _price, _slug, lowest, highest, *_rest = single["price"]
    return Facets(
        total=single["total"][4],
        attributes=_attributes(rows, filters),
        by_category={int(row[1]): row[4] for row in rows if row[0] == "category"},
        in_stock=single["in_stock"][4],
        lowest=Decimal(str(lowest)) if lowest is not None else None,
        highest=Decimal(str(highest)) if highest is not None else None,
    )


SINGLE = frozenset({"total", "in_stock", "price"})
# Facet, slug, two names or amounts, products; of a value also its attribute's position, and whether home shows it.
Row = tuple[str, str, str, str, int, int, bool]


def _rows(products: ProductQuerySet, filters: Filters) -> list[Row]:
    columns = {facet: MISSED.format(number) for number, facet in enumerate(filters.conditions)}
    scope = products.annotate(
        in_stock=Exists(Variant.objects.filter(product=OuterRef("pk"), available__gt=0)),
        **{
            columns[facet]: Case(When(condition, then=Value(0)), default=Value(1), output_field=IntegerField())
            for facet, condition in filters.conditions.items()
        },
    ).order_by()
    query = scope.values("id", "category_id", "in_stock", *columns.values()).query
    sql, parameters = query.get_compiler(connection=connection, elide_empty=False).as_sql()
    # Only our own names are put into the text; values stay parameters.
    statement = COUNTS.format(
        scope=sql,
        most=MOST_CHOICES,
        missed=f"({' + '.join(columns.values()) or '0'})",
        missed_of_attribute=_of_attribute(columns, filters),
        **{f"missed_{facet}": columns.get(facet, "0") for facet in ("category", "price", "in_stock")},
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()


def _of_attribute(columns: dict[str, str], filters: Filters) -> str:
    """Whether a product misses the condition of the attribute that a value belongs to."""
    own = {value.attribute_id: columns[value.attribute.slug] for value in filters.values}
    cases = " ".join(f"WHEN {int(attribute)} THEN {column}" for attribute, column in own.items())
    return f"(CASE value.attribute_id {cases} ELSE 0 END)" if own else "0"


def _attributes(rows: Sequence[Row], filters: Filters) -> list[Facet]:
    """The attributes in their order; their values by how many products they would show."""
    chosen = {(value.attribute.slug, value.slug): value for value in filters.values}
    counted = {(row[0], row[1]): row for row in rows if row[0] not in SINGLE and row[0] != "category"}
    unmet: dict[tuple[str, str], Row] = {
        key: (*key, value.name, value.attribute.name, 0, value.attribute.position, False)
        for key, value in chosen.items()
    }
    facets: dict[str, Facet] = {}
    in_order = sorted((unmet | counted).values(), key=lambda row: (row[5], -row[4], row[2]))
    for slug, value, name, attribute, number, _position, is_on_home in in_order:
        facet = facets.setdefault(slug, Facet(slug, attribute, ()))
        choice = Choice(value, name, number, (slug, value) in chosen, bool(is_on_home))
        facets[slug] = replace(facet, choices=(*facet.choices, choice))
    return list(facets.values())
