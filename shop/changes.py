"""Which version of the catalogue there is, so that whoever keeps a page knows whether it still holds.

Triggers count it: a write that changes what pages show adds a row in the same transaction, whoever made it, so none can
forget to, and nobody waits for anybody. Stock counts only where a card would say something else. Not counted, and so
shown late by those who keep pages: popularity, recommendations, the numbers that a worker counts, and time itself.
"""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple

from django.db import connection, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from background.connections import read_again_if_broken

from .models import (
    Attribute,
    AttributeValue,
    CatalogueChange,
    Category,
    LegalPage,
    Listing,
    Product,
    ProductImage,
    ShopProfile,
    Variant,
)

FEW = 3  # units; of more, a list does not say how many
# Longer than any transaction takes: a version is a sum of ids, and says something only while rows just come.
KEPT = timedelta(minutes=10)

Version = tuple[tuple[Any, ...], ...]  # of the catalogue in the first, of a product's variants in the others

# Every column but these is shown somewhere. What is missing here costs a page that is drawn once more, no more.
UNSEEN: dict[type[models.Model], set[str]] = {
    Attribute: {"search_weight"},
    AttributeValue: set(),
    Category: set(),
    LegalPage: {"updated"},
    Listing: {"popularity"},
    Product: {"popularity", "search_text", "created", "updated", "created_by_id"},
    Product.attribute_values.through: set(),
    ProductImage: {"state", "attempts", "not_before", "last_error"},
    ShopProfile: {"updated"},
    Variant: {"cost", "weight", "low_stock_mark", "on_hand", "reserved"},
}
SHOWN_AS = {"available": f"CASE WHEN {{row}}.available > {FEW} THEN {FEW + 1} ELSE {{row}}.available END"}

NAME = "shop_shown_"  # the names of our triggers begin with this
COUNTED = "SELECT 0, count(*), COALESCE(sum(id), 0) FROM shop_cataloguechange"
OF_PRODUCT = """
SELECT 1, id, available FROM shop_variant WHERE product_id = (SELECT id FROM shop_product WHERE slug = %s)
"""

# One row a statement, however many rows it changes; what is rolled back was not counted.
FUNCTION = """
CREATE OR REPLACE FUNCTION shop_count_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('shop.counted', true) IS DISTINCT FROM statement_timestamp()::text THEN
        INSERT INTO shop_cataloguechange DEFAULT VALUES;
        PERFORM set_config('shop.counted', statement_timestamp()::text, true);
    END IF;
    RETURN NULL;
END $$
"""
POSTGRES = """
CREATE TRIGGER {name} AFTER {event} ON {table} FOR EACH ROW {condition} EXECUTE FUNCTION shop_count_change()
"""
# There is one writer at a time, so the newest row says all.
SQLITE = """
CREATE TRIGGER {name} AFTER {event} ON {table} FOR EACH ROW {condition} BEGIN
    INSERT INTO shop_cataloguechange (at) VALUES (CURRENT_TIMESTAMP);
    DELETE FROM shop_cataloguechange WHERE id < (SELECT max(id) FROM shop_cataloguechange);
END
"""


class Trigger(NamedTuple):
    """Its name changes with what it does, so that `install` sees which are there."""

    name: str
    table: str
    sql: str


def version(slug: str = "") -> Version:
    """What is another value after any change that lists show; with a slug also after any in that product's stock.

    One query. Whatever is read after it is as new as this version or newer.
    """
    return read_again_if_broken(partial(_read, slug))


def forget_old() -> int:
    """Remove the rows that say nothing any more; how many there were. It changes the version, and thereby no page."""
    return CatalogueChange.objects.filter(at__lt=timezone.now() - KEPT).delete()[0]


def install(**_of_signal: Any) -> None:
    """Have the database count changes, after every `migrate`. A second call does nothing.

    Raises OperationalError where somebody writes to a table meanwhile; what is made by then stays, and `migrate` comes
    back for the rest. With migrations of another release the triggers are removed: what they name may not be there.
    """
    wanted = {trigger.name: trigger for trigger in _triggers()} if _is_up_to_date() else {}
    there = dict(_there())
    if connection.vendor == "postgresql":
        _execute(FUNCTION)
    for name in there.keys() - wanted.keys():
        _execute(f"DROP TRIGGER {name}" + (f" ON {there[name]}" if connection.vendor == "postgresql" else ""))
    for name in sorted(wanted.keys() - there.keys()):
        _execute(wanted[name].sql)


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def _read(slug: str, connection: BaseDatabaseWrapper) -> Version:
    with connection.cursor() as cursor:
        cursor.execute(*((f"{COUNTED} UNION ALL {OF_PRODUCT}", [slug]) if slug else (COUNTED,)))
        return tuple(sorted(cursor.fetchall()))


def _is_up_to_date() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes("shop"))


def _there() -> list[tuple[str, str]]:
    """Name and table of each of our triggers."""
    query = "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s"
    if connection.vendor == "postgresql":
        query = "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE %s"
    with connection.cursor() as cursor:
        cursor.execute(query, [NAME.replace("_", r"\_") + "%" if connection.vendor == "postgresql" else NAME + "%"])
        return cursor.fetchall()


def _triggers() -> Iterator[Trigger]:
    text = POSTGRES if connection.vendor == "postgresql" else SQLITE
    for model, unseen in UNSEEN.items():
        table = model._meta.db_table
        columns = [str(field.column) for field in model._meta.concrete_fields if field.column not in unseen]
        old, new = (", ".join(_shown(row, column) for column in columns) for row in ("OLD", "NEW"))
        differs = "IS DISTINCT FROM" if connection.vendor == "postgresql" else "IS NOT"
        for event in ("INSERT", "DELETE", "UPDATE"):
            condition = f"WHEN (({old}) {differs} ({new}))" if event == "UPDATE" else ""
            sql = text.format(name="{name}", event=event, table=table, condition=condition)
            digest = hashlib.sha256(sql.encode()).hexdigest()[:8]
            name = f"{NAME}{table.removeprefix('shop_')[:25]}_{event.lower()}_{digest}"
            yield Trigger(name, table, sql.format(name=name))


def _shown(row: str, column: str) -> str:
    return SHOWN_AS.get(column, "{row}." + column).format(row=row)
