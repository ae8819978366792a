"""Writes Listing. Only this file does.

Whoever changes what a product is listed by calls `refresh` in the same transaction, after the change. It never waits
for anybody: a product that somebody else is changing at the moment is left to a worker, by a row of DueListing.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from background.task import nudge
from shop.models import DueListing, Listing, Product, ProductQuerySet, Variant

from .places import EVERYTHING

BATCH = 500
TASK = "shop.tasks.list_anew"

# What should be listed. A place is that of shop/listings/places.py: 0, minus a shelf, or a value.
WANTED = """
WITH RECURSIVE shown (id, category_id, name, price, in_stock, popularity) AS (
    SELECT product.id, product.category_id, product.name,
        COALESCE(MIN(CASE WHEN variant.available > 0 THEN variant.price END), MIN(variant.price)),
        MAX(CASE WHEN variant.available > 0 THEN 1 ELSE 0 END) = 1, product.popularity
    FROM shop_product product JOIN shop_variant variant ON variant.product_id = product.id
    WHERE product.published AND (product.published_from IS NULL OR product.published_from <= %(now)s) AND {which}
    GROUP BY product.id, product.category_id, product.name, product.popularity
),
held (product_id, leaf) AS (
    SELECT shown.id, held.attributevalue_id FROM shown
    JOIN shop_product_attribute_values held ON held.product_id = shown.id
),
shelves (leaf, node) AS (
    SELECT DISTINCT category_id, category_id FROM shown
    UNION SELECT shelves.leaf, above.parent_id FROM shelves
        JOIN shop_category above ON above.id = shelves.node WHERE above.parent_id IS NOT NULL
),
lineage (leaf, node) AS (
    SELECT DISTINCT leaf, leaf FROM held
    UNION SELECT lineage.leaf, above.parent_id FROM lineage
        JOIN shop_attributevalue above ON above.id = lineage.node WHERE above.parent_id IS NOT NULL
),
wanted (product_id, place) AS (
    SELECT id, 0 FROM shown
    UNION ALL SELECT shown.id, -shelves.node FROM shown JOIN shelves ON shelves.leaf = shown.category_id
    UNION ALL SELECT DISTINCT held.product_id, lineage.node FROM held JOIN lineage ON lineage.leaf = held.leaf
)
"""
# `WHERE TRUE` tells SQLite that ON is not of a join.
INSERT = """
INSERT INTO shop_listing (product_id, place, name, price, in_stock, popularity)
SELECT shown.id, wanted.place, shown.name, shown.price, shown.in_stock, shown.popularity
FROM shown JOIN wanted ON wanted.product_id = shown.id WHERE TRUE
ON CONFLICT (product_id, place) DO UPDATE SET
    name = excluded.name, price = excluded.price, in_stock = excluded.in_stock, popularity = excluded.popularity
WHERE (shop_listing.name, shop_listing.price, shop_listing.in_stock, shop_listing.popularity)
    <> (excluded.name, excluded.price, excluded.in_stock, excluded.popularity)
"""
DELETE = """
DELETE FROM shop_listing WHERE {which} AND NOT EXISTS (
    SELECT 1 FROM wanted WHERE wanted.product_id = shop_listing.product_id AND wanted.place = shop_listing.place
)
"""
DUE = "INSERT INTO shop_duelisting (product_id) {products}"


def refresh(product_ids: Collection[int]) -> None:
    """List these products as they are now. Four statements per 500; a second call changes nothing.

    Those that somebody else has locked are listed by a worker after the commit.
    """
    for some in _batches(product_ids):
        with transaction.atomic():
            free = _lock(some, skip_locked=True)
            _write(free)
            if late := set(some) - set(free):
                refresh_later(Product.objects.filter(pk__in=late))


def refresh_later(products: ProductQuerySet) -> None:
    """Have a worker list these products anew, soon after the commit. One statement, however many there are."""
    sql, parameters = products.order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(DUE.format(products=sql), parameters)
    nudge(TASK)


def refresh_due() -> int:
    """List anew what is due, and what the time has come to publish; how many products. Twice at once does it once."""
    refresh(list(_just_begun().values_list("pk", flat=True)))
    done = 0
    while due := list(DueListing.objects.order_by("pk")[:BATCH]):
        with transaction.atomic():
            products = {row.product_id for row in due}
            _write(_lock(sorted(products)))
            DueListing.objects.filter(pk__in=[row.pk for row in due]).delete()
        done += len(products)
    return done


def is_due() -> bool:
    """Whether `refresh_due` would find anything to do."""
    return DueListing.objects.exists() or _just_begun().exists()


def _just_begun() -> ProductQuerySet:
    """What can be bought from a moment on that has come, and is not listed yet."""
    begun = Product.objects.published().filter(published_from__gt=timezone.now() - timedelta(days=1))
    listed = Exists(Listing.objects.filter(product=OuterRef("pk"), place=EVERYTHING))
    return begun.filter(~listed, Exists(Variant.objects.filter(product=OuterRef("pk"))))


def refresh_all() -> None:
    """List every product anew, a few at a time: what was written past this file is right again."""
    Listing.objects.exclude(Exists(Product.objects.filter(pk=OuterRef("product")))).delete()
    for some in _batches(Product.objects.order_by("pk").values_list("pk", flat=True).iterator(5000)):
        with transaction.atomic():
            _write(_lock(some))


def write_first() -> None:
    """List every product at once, where nothing is listed yet: for a migration and for benchmarks."""
    with connection.cursor() as cursor:
        cursor.execute(WANTED.format(which="TRUE") + INSERT, {"now": timezone.now()})


def _lock(product_ids: Sequence[int], *, skip_locked: bool = False) -> list[int]:
    """Those whose listings are ours to write until the transaction ends: what is committed before is seen after it."""
    found = Product.objects.filter(pk__in=product_ids).order_by("pk")
    if connection.vendor == "postgresql":
        found = found.select_for_update(no_key=True, skip_locked=skip_locked)
    return list(found.values_list("pk", flat=True))


def _write(product_ids: Sequence[int]) -> None:
    if not product_ids:
        return
    ids = ", ".join(str(int(pk)) for pk in product_ids)
    wanted = WANTED.format(which=f"product.id IN ({ids})")
    with connection.cursor() as cursor:
        cursor.execute(wanted + INSERT, {"now": timezone.now()})
        cursor.execute(wanted + DELETE.format(which=f"product_id IN ({ids})"), {"now": timezone.now()})


def _batches(product_ids: Collection[int] | Iterator[int]) -> Iterator[list[int]]:
    some: list[int] = []
    for pk in sorted(set(product_ids)) if isinstance(product_ids, Collection) else product_ids:
        some.append(pk)
        if len(some) == BATCH:
            yield some
            some = []
    if some:
        yield some
