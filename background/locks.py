"""Locks that belong to no row: one sweep at a time, one mail to an address at a time."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper


def wait_for(name: str) -> None:
    """Wait until nobody else holds the lock called `name`, and hold it until the running transaction ends.

    On SQLite a writing transaction is alone anyway.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_key(name)])


def _key(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), signed=True)


@contextmanager
def sweep_lock(name: str) -> Iterator[bool]:
    """Try to be the only one in the sweep called `name`; yields whether we are.

    A Postgres advisory lock, freed by the server if the process dies. SQLite knows none: there one small machine
    runs one worker, and sweeps only nudge, so two at once do no harm.
    """
    if connection.vendor != "postgresql":
        yield True
        return
    key = _key(name)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        held = cursor.fetchone()[0]
        try:
            yield held
        finally:
            if held:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


@contextmanager
def waiting_at_most(duration: str, database: BaseDatabaseWrapper) -> Iterator[None]:
    """Have Postgres wait for locks for another time than usual, such as "300ms". Outside transactions only."""
    with database.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout'), set_config('lock_timeout', %s, false)", [duration])
        usual = cursor.fetchone()[0]
    try:
        yield
    finally:
        with database.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [usual])
