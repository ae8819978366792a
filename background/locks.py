"""One sweep at a time, however many beats and workers run."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def sweep_lock(name: str) -> Iterator[bool]:
    """Try to be the only one in the sweep called `name`; yields whether we are.

    A Postgres advisory lock, freed by the server if the process dies. SQLite knows none: there one small machine
    runs one worker, and sweeps only nudge, so two at once do no harm.
    """
    if connection.vendor != "postgresql":
        yield True
        return
    key = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        held = cursor.fetchone()[0]
        try:
            yield held
        finally:
            if held:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
