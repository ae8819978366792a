"""Many real database connections at once: as many as the server allows."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection

KEPT_FREE = 10  # connections for the other test process, and for whoever looks


def most_connections(wanted: int) -> int:
    """How many of the `wanted` connections the server can give now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
            " - (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')"
        )
        return max(1, min(wanted, cursor.fetchone()[0] - KEPT_FREE))


def run_together(jobs: Sequence[Callable[[], Any]], *, connections: int) -> list[Any]:
    """Run every job, on `connections` threads that start as one; results or exceptions, in the order of the jobs.

    Each thread has a connection of its own and takes the next job when it is done with one.
    """
    results: list[Any] = [None] * len(jobs)
    waiting = iter(range(len(jobs)))
    hand_out = threading.Lock()
    start = threading.Barrier(connections)

    def work() -> None:
        connection.ensure_connection()
        start.wait()
        try:
            while True:
                with hand_out:
                    number = next(waiting, None)
                if number is None:
                    return
                try:
                    results[number] = jobs[number]()
                except Exception as error:  # it is the job's result
                    results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _thread in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return results
