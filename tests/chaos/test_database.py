"""Faults 52 to 57: Postgres is restarted, lost between commit and answer, locked, and restored from a backup."""

import re
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import psycopg2
import pytest

from tests.services.stack import wait_for

from .servers import POSTGRES_PROGRAMS, OwnPostgres
from .shop import Shop, checkout_form

pytestmark = [
    pytest.mark.services,
    pytest.mark.chaos,
    pytest.mark.needs("postgres", "rabbitmq"),
    pytest.mark.skipif(not POSTGRES_PROGRAMS, reason="Postgres' programs are not on this machine"),
]


@pytest.fixture(scope="module")
def cluster() -> Iterator[OwnPostgres]:
    with OwnPostgres() as running:
        yield running


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, cluster: OwnPostgres) -> Iterator[Shop]:
    with Shop(tmp_path_factory.mktemp("shop"), postgres=cluster.url) as running:
        running.recover(running.buy(1))
        yield running


def test_52_a_restart_in_the_middle_of_checkout_is_a_503_and_no_half_order(
    shop: Shop, cluster: OwnPostgres, report: Any
) -> None:
    before = shop.rows("SELECT count(*) FROM orders_order")
    sessions = shop.buy(1)
    with httpx.Client(base_url=shop.url, trust_env=False, timeout=40) as browser:
        cluster.stop()
        answers = [browser.get("/"), browser.get("/search/?q=wine"), browser.get("/product/wine-0/")]
        cluster.start_again()
        assert {answer.status_code for answer in answers} == {503}
        assert all(answer.headers["Retry-After"] for answer in answers)
        sessions += shop.buy(1)
    half = shop.rows(
        "SELECT count(*) FROM orders_order o WHERE NOT EXISTS (SELECT 1 FROM orders_lineitem l WHERE l.order_id = o.id)"
    )
    assert half == [(0,)]
    assert shop.rows("SELECT count(*) FROM orders_order") == [(before[0][0] + 2,)]
    report(shop, 2, shop.recover(sessions))


def test_52_restarts_while_many_buy_leave_no_half_order(shop: Shop, cluster: OwnPostgres, report: Any) -> None:
    sessions: list[str] = []
    refused = 0

    def crowd() -> None:
        nonlocal refused
        for _purchase in range(4):
            try:
                sessions.append(shop.go_to_pay())
            except (AssertionError, StopIteration, httpx.TransportError, ValueError):  # the shop says 503
                refused += 1
                time.sleep(0.5)

    people = [threading.Thread(target=crowd) for _person in range(3)]
    for person in people:
        person.start()
    for _restart in range(2):
        time.sleep(2)
        cluster.stop()
        cluster.start_again()
    for person in people:
        person.join()
    for session in sessions:
        shop.sandbox.pay(session)
    print(f"{len(sessions)} came to the payment page, {refused} were asked to try again")
    assert sessions
    report(shop, len(sessions), shop.recover(sessions))


def test_55_a_lock_that_somebody_holds_is_a_503_within_five_seconds(shop: Shop) -> None:
    holder = psycopg2.connect(shop.environment["DATABASE_URL"])
    with httpx.Client(base_url=shop.url, trust_env=False, timeout=40) as browser, holder.cursor() as cursor:
        form = checkout_form(browser)
        cursor.execute("SELECT 1 FROM shop_variant FOR UPDATE")
        started = time.monotonic()
        answer = browser.post("/orders/create/", data=form)
        took = time.monotonic() - started
    holder.rollback()
    holder.close()
    assert (answer.status_code, answer.headers.get("Retry-After")) == (503, "5"), answer.text[:500]
    print(f"answered after {took:.1f} s")
    assert took < 5 + 2  # the way through the shop before it, on a busy machine


NEXT_RELEASE = """
from django.db import connection, models
from orders.models import Order
fields = {"remark": models.CharField(max_length=20, null=True), "boxes": models.IntegerField(db_default=0)}
for name, field in fields.items():
    field.set_attributes_from_name(name)
    field.model = Order
    with connection.schema_editor() as editor:
        editor.add_field(Order, field)
with connection.schema_editor(atomic=False) as editor:
    editor.add_index(Order, models.Index(fields=["email"], name="of_next_release"), concurrently=True)
"""


def test_56_a_migration_while_the_old_code_serves_people_is_noticed_by_nobody(shop: Shop, report: Any) -> None:
    """Columns that the running code does not know, and an index, as migrations bring them."""
    sessions: list[str] = []
    migrated = threading.Event()

    def crowd() -> None:
        while not migrated.is_set():
            sessions.append(shop.go_to_pay())  # an AssertionError for anything but the payment page

    with ThreadPoolExecutor(3) as people:
        shopping = [people.submit(crowd) for _person in range(3)]
        try:
            shop.run(NEXT_RELEASE)
            time.sleep(3)  # the old code goes on with the new columns
        finally:
            migrated.set()
    for each in shopping:
        each.result()
    sessions += shop.buy(1)
    for session in sessions[:-1]:
        shop.sandbox.pay(session)
    assert "Internal Server Error" not in shop.log("web")
    report(shop, len(sessions), shop.recover(sessions))


def test_57_restored_from_a_backup_it_learns_from_stripe_what_it_forgot(
    shop: Shop, cluster: OwnPostgres, report: Any
) -> None:
    programs = POSTGRES_PROGRAMS[-1]
    dump = shop.folder / "backup"
    paid_later = shop.go_to_pay()
    url = shop.environment["DATABASE_URL"]
    subprocess.run([programs / "pg_dump", "--format", "custom", "--file", dump, url], check=True)
    shop.sandbox.pay(paid_later)
    shop.recover([paid_later])
    for name in ("web", "worker", "beat"):
        shop.kill(name)
    cluster.sql(f'DROP DATABASE "{shop.name}" WITH (FORCE)')
    cluster.sql(f'CREATE DATABASE "{shop.name}"')
    subprocess.run([programs / "pg_restore", "--no-owner", "--dbname", url, dump], check=True)
    assert shop.rows(
        f"SELECT o.status FROM orders_order o JOIN payment_checkoutattempt a ON a.order_id = o.id"
        f" WHERE a.session_id = '{paid_later}'"
    ) == [("pending",)]
    shop.start_web()
    shop.start_worker()
    wait_for(shop.answers, seconds=60, what="the shop answers")
    shop.manage("reconcile")
    assert re.search(r"\d", shop.manage("reconcile"))
    report(shop, 1, shop.recover([paid_later]), doubled_mails=1)  # the receipt of before the backup was forgotten
