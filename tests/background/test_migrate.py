"""`manage.py migrate` beside somebody who has a table open."""

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection

from background import indexes
from background.management.commands import migrate
from shop import changes

pytestmark = [pytest.mark.needs("postgres"), pytest.mark.django_db(transaction=True)]


@pytest.fixture
def importing() -> Iterator[Any]:
    """Another connection, within a transaction."""
    other = connection.copy()
    other.set_autocommit(False)
    yield other
    other.close()
    call_command("migrate", verbosity=0)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], list[float]]:
    """Have something happen when `migrate` pauses; its pauses."""

    def meanwhile(happens: Callable[[], Any]) -> list[float]:
        taken: list[float] = []

        def pause(seconds: float) -> None:
            taken.append(seconds)
            happens()

        monkeypatch.setattr(time, "sleep", pause)
        return taken

    return meanwhile


def write_to(table: str, other: Any) -> None:
    with other.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {table} IN ROW EXCLUSIVE MODE")


def columns_of_orders() -> set[str]:
    with connection.cursor() as cursor:
        return {column.name for column in connection.introspection.get_table_description(cursor, "orders_order")}


def is_valid(index: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", [index])
        return cursor.fetchall() == [(True,)]


def test_a_column_is_added_once_an_import_lets_go_of_the_table(
    importing: Any, pauses: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("migrate", "orders", "0010", verbosity=0)
    assert "nothing_to_ship" not in columns_of_orders()
    write_to("orders_order", importing)
    pauses(importing.close)
    call_command("migrate", "orders")
    assert "nothing_to_ship" in columns_of_orders()
    told = capsys.readouterr().err
    assert re.search(r"\d+ from .+, idle in transaction, for \d+ s, on orders_order", told)


def test_triggers_are_made_once_an_import_lets_go_of_the_table(importing: Any, pauses: Any) -> None:
    there = dict(changes._there())
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {next(name for name in there if 'category' in name)} ON shop_category")
    write_to("shop_category", importing)
    pauses(importing.close)
    call_command("migrate", verbosity=0)
    assert dict(changes._there()) == there


def test_an_index_that_was_broken_off_is_made_anew(
    importing: Any, pauses: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    call_command("migrate", "orders", "0012", verbosity=0)
    write_to("orders_order", importing)
    monkeypatch.setattr(indexes, "PATIENCE", "200ms")
    seen = []

    def look() -> None:
        seen.append(is_valid("order_to_ship"))
        importing.close()

    pauses(look)
    call_command("migrate", "orders", verbosity=0)
    assert (seen, is_valid("order_to_ship")) == ([False], True)


def test_who_waits_for_minutes_gives_up_and_leaves_all_as_it_was(
    importing: Any, pauses: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    call_command("migrate", "orders", "0010", verbosity=0)
    write_to("orders_order", importing)
    monkeypatch.setattr(migrate, "TRIES", 3)
    taken = pauses(lambda: None)
    with pytest.raises(OperationalError, match="lock timeout"):
        call_command("migrate", "orders", verbosity=0)
    assert len(taken) == 2
    assert "nothing_to_ship" not in columns_of_orders()


def test_others_wait_as_long_as_ever_afterwards() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        usual = cursor.fetchone()
        call_command("migrate", verbosity=0)
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == usual == ("3s",)
