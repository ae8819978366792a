"""Counts what this process does and adds it to a table every few seconds, where all processes' counts become one."""

import atexit
import json
import logging
import os
import threading
import time
from collections import Counter

from django.conf import settings
from django.db import DatabaseError, connection, transaction

log = logging.getLogger(__name__)

EVERY_SECONDS = 10

ADD = (  # of the model Count, which task modules, read before the models, cannot import
    "INSERT INTO background_count (name, labels, value) VALUES (%s, %s, %s) "
    "ON CONFLICT (name, labels) DO UPDATE SET value = background_count.value + excluded.value"
)


class Tally:
    """What this process counted since it last told the table."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()
        self._pid = 0

    def add(self, name: str, amount: float = 1, **labels: str) -> None:
        """Count. Nothing is written now; without METRICS_TOKEN nobody reads, so nothing is counted."""
        if not settings.METRICS_TOKEN:
            return
        with self._lock:
            self._ensure_thread()
            self._counts[name, json.dumps(labels, sort_keys=True)] += amount  # type: ignore[assignment]

    def flush(self) -> None:
        """Add the counts to the table. What cannot be written is kept for the next time."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        if not counts:
            return
        rows = [(*key, value) for key, value in sorted(counts.items())]  # one order everywhere: no deadlock
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.executemany(ADD, rows)
        except DatabaseError as error:
            log.warning("counts wait for the database: %s", type(error).__name__)
            with self._lock:
                self._counts.update(counts)

    def _ensure_thread(self) -> None:
        if self._pid != os.getpid():  # first use, or first use after a fork
            self._pid = os.getpid()
            self._counts.clear()
            threading.Thread(target=self._run, name="counts", daemon=True).start()
            atexit.register(self.flush)

    def _run(self) -> None:
        while True:
            time.sleep(EVERY_SECONDS)
            self.flush()
            connection.close()


tally = Tally()
