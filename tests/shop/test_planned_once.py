"""What Postgres has as functions is what the shop has as text."""

from importlib import import_module
from typing import Any

import pytest
from django.db import connection

from shop.catalogue import cards
from shop.recommendations import reading

functions: Any = import_module("shop.migrations.0013_planned_once")


def words(text: str) -> str:
    return " ".join(text.split())


def test_the_migration_reads_what_the_shop_reads() -> None:
    assert words(cards.STATEMENT.format(**cards.COLUMNS, **cards.IN_FUNCTION)) in words(functions.CARDS)
    assert words(reading.STATEMENT.format(**reading.IN_FUNCTION)) in words(functions.WANTED_BESIDE)


@pytest.mark.needs("postgres")
@pytest.mark.django_db
def test_what_is_planned_for_a_few_products_is_planned_for_many() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT proname, proconfig FROM pg_proc WHERE proname IN ('shop_cards', 'shop_wanted_beside')")
        found = dict(cursor.fetchall())
    assert found == {name: ["enable_seqscan=off"] for name in ("shop_cards", "shop_wanted_beside")}
