"""Many real database connections at once: as many as the server allows. What Postgres counted of deadlocks."""

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection

KEPT_FREE = 40  # connections for other test processes and the shops they start, and for whoever looks
PATIENCE = 120  # seconds


def most_connections(wanted: int) -> int:
    """How many of the `wanted` connections the server can give now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
            " - (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')"
        )
        return max(1, min(wanted, cursor.fetchone()[0] - KEPT_FREE))


def deadlocks() -> int:
    """How many deadlocks Postgres has found in this database so far; connections tell it when they close."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


@contextmanager
def switching_fast() -> Iterator[None]:
    """Threads take turns quickly, as processes do: else one that holds a row waits seconds for its turn."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(usual / 5)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


def run_together(jobs: Sequence[Callable[[], Any]], *, connections: int) -> list[Any]:
    """Run every job, on `connections` threads that start as one; results or exceptions, in the order of the jobs.

    Each thread has a connection of its own and takes the next job when it is done with one. Raises where the server
    refuses a connection: fewer than promised would race.
    """
    results: list[Any] = [None] * len(jobs)
    waiting = iter(range(len(jobs)))
    hand_out, one_by_one = threading.Lock(), threading.Lock()
    start = threading.Barrier(connections)
    refused: list[Exception] = []

    def work() -> None:
        try:
            with one_by_one:  # a hundred handshakes at once take longer than each may
                connection.ensure_connection()
            start.wait(PATIENCE)
            while True:
                with hand_out:
                    number = next(waiting, None)
                if number is None:
                    return
                try:
                    results[number] = jobs[number]()
                except Exception as error:  # it is the job's result
                    results[number] = error
        except Exception as error:
            refused.append(error)
            start.abort()
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _thread in range(connections)]
    with switching_fast():
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
    if refused:
        raise refused[0]
    return results
