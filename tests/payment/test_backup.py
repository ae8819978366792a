"""A backup, brought into a fresh database, is the shop that it was; what it cannot know it learns from Stripe."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2
import pytest
from django.apps import apps
from django.db import connection

from payment import services
from tests.environment import POSTGRES
from tests.stripe_sandbox.process import Sandbox

from .paying import checked_out, session_of

ROOT = Path(__file__).resolve().parents[2]
on_postgres = pytest.mark.needs("postgres", "pg_dump")


def url_of(name: str) -> str:
    return urlsplit(POSTGRES)._replace(path=f"/{name}").geturl()


def sql(statement: str) -> None:
    """Run a statement outside every transaction, on no database of a shop."""
    server = psycopg2.connect(POSTGRES)
    server.autocommit = True
    with server.cursor() as cursor:
        cursor.execute(statement)
    server.close()


def deploy(program: str, *arguments: object, **environment: object) -> subprocess.CompletedProcess[str]:
    """Run deploy/backup or deploy/restore."""
    command = ["sh", f"deploy/{program}", *map(str, arguments)]
    env = os.environ | {name: str(value) for name, value in environment.items()}
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def backed_up(to: Path, **environment: object) -> Path:
    """Where the backup lies."""
    done = deploy("backup", to, **environment)
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())


@pytest.fixture
def fresh() -> Iterator[str]:
    """The address of a database with nothing in it."""
    name = f"{connection.settings_dict['NAME']}_fresh"
    sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    sql(f'CREATE DATABASE "{name}"')
    yield url_of(name)
    sql(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def media(tmp_path: Path) -> Path:
    folder = tmp_path / "media"
    (folder / "products").mkdir(parents=True)
    (folder / "products" / "a picture.webp").write_bytes(bytes(range(256)))
    return folder


def rows(database: str) -> dict[str, int]:
    """Table of ours -> rows."""
    tables = sorted(model._meta.db_table for model in apps.get_models() if model._meta.managed)
    with psycopg2.connect(database) as there, there.cursor() as cursor:
        counts = {}
        for table in tables:
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            counts[table] = cursor.fetchall()[0][0]
    there.close()
    return counts


def manage(database: str, sandbox: Sandbox, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A management command of a shop that stands on the restored database."""
    env = os.environ | {"DATABASE_URL": database, "STRIPE_API_BASE": sandbox.url}
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


@on_postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("rules")
def test_a_restored_shop_has_everything_and_learns_from_stripe_what_came_later(
    sandbox: Sandbox, fresh: str, media: Path, tmp_path: Path
) -> None:
    known, attempt = checked_out()
    sandbox.pay(session_of(attempt))
    services.settle(attempt)
    later, unpaid = checked_out()
    ours = url_of(str(connection.settings_dict["NAME"]))
    before = rows(ours)
    backup = backed_up(tmp_path / "backups", DATABASE_URL=ours, MEDIA_ROOT=media)
    sandbox.pay(session_of(unpaid))  # the shop knows by now; its backup does not

    done = deploy("restore", backup, DATABASE_URL=fresh, MEDIA_ROOT=tmp_path / "elsewhere")
    assert done.returncode == 0, done.stderr
    assert rows(fresh) == before
    assert before["orders_order"] == 2
    assert before["payment_payment"] == 1
    picture = Path("products", "a picture.webp")
    assert (tmp_path / "elsewhere" / picture).read_bytes() == (media / picture).read_bytes()

    assert manage(fresh, sandbox, "migrate", "--check").returncode == 0
    assert "agree" in manage(fresh, sandbox, "check_stock").stdout
    first = manage(fresh, sandbox, "reconcile", "--days", "1")
    assert f"order {later.number}" in first.stdout, first.stderr
    assert f"order {known.number}" not in first.stdout
    assert "0 repaired, 0 unexplained." in manage(fresh, sandbox, "reconcile", "--days", "1").stdout
    assert rows(fresh)["payment_payment"] == 2
    assert "agree" in manage(fresh, sandbox, "check_stock").stdout


@on_postgres
@pytest.mark.django_db(transaction=True)
def test_a_database_with_tables_is_left_as_it_is(media: Path, tmp_path: Path) -> None:
    ours = url_of(str(connection.settings_dict["NAME"]))
    backup = backed_up(tmp_path, DATABASE_URL=ours, MEDIA_ROOT=media)
    before = rows(ours)
    done = deploy("restore", backup, DATABASE_URL=ours, MEDIA_ROOT=tmp_path / "elsewhere")
    assert done.returncode != 0
    assert "not empty" in done.stderr
    assert rows(ours) == before
    assert not (tmp_path / "elsewhere").exists()


def sqlite_shop(folder: Path) -> str:
    """A database that is open elsewhere, with a row that lies in its write-ahead log only."""
    folder.mkdir()
    with sqlite3.connect(folder / "shop.sqlite3") as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE wine (name TEXT)")
        database.execute("INSERT INTO wine VALUES ('Rioja')")
    return f"sqlite:///{folder / 'shop.sqlite3'}"


def test_the_embedded_database_is_backed_up_while_it_is_in_use(media: Path, tmp_path: Path) -> None:
    backup = backed_up(tmp_path / "backups", DATABASE_URL=sqlite_shop(tmp_path / "shop"), MEDIA_ROOT=media)
    there = tmp_path / "new" / "shop.sqlite3"
    done = deploy("restore", backup, DATABASE_URL=f"sqlite:///{there}", MEDIA_ROOT=tmp_path / "new" / "media")
    assert done.returncode == 0, done.stderr
    assert sqlite3.connect(there).execute("SELECT name FROM wine").fetchall() == [("Rioja",)]
    again = deploy("restore", backup, DATABASE_URL=f"sqlite:///{there}", MEDIA_ROOT=tmp_path / "new" / "media")
    assert "already" in again.stderr


def test_a_damaged_backup_is_refused(media: Path, tmp_path: Path) -> None:
    backup = backed_up(tmp_path / "backups", DATABASE_URL=sqlite_shop(tmp_path / "shop"), MEDIA_ROOT=media)
    with (backup / "database").open("r+b") as database:
        database.seek(100)
        database.write(b"?")
    done = deploy("restore", backup, DATABASE_URL=f"sqlite:///{tmp_path}/new", MEDIA_ROOT=tmp_path / "elsewhere")
    assert (done.returncode != 0, "damaged" in done.stderr) == (True, True)
    assert not (tmp_path / "new").exists()


def test_a_missing_pg_dump_is_named_and_leaves_no_backup(media: Path, tmp_path: Path) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("sh", "date", "mkdir"):
        path = next(Path(folder) / name for folder in ("/bin", "/usr/bin") if (Path(folder) / name).exists())
        (programs / name).symlink_to(path)
    done = deploy("backup", tmp_path / "backups", DATABASE_URL=POSTGRES, MEDIA_ROOT=media, PATH=programs)
    assert done.returncode != 0
    assert "pg_dump is missing" in done.stderr
    assert [path.suffix for path in (tmp_path / "backups").iterdir()] == [".part"]


@pytest.mark.parametrize("missing", ["DATABASE_URL", "MEDIA_ROOT"])
@pytest.mark.parametrize("program", ["backup", "restore"])
def test_what_is_not_said_is_asked_for(program: str, missing: str, tmp_path: Path) -> None:
    said: dict[str, Any] = {"DATABASE_URL": "sqlite:///nowhere", "MEDIA_ROOT": tmp_path, "DATABASE_URL_FILE": ""}
    done = deploy(program, tmp_path, **said | {missing: ""})
    assert done.returncode != 0
    assert f"set {missing}" in done.stderr
