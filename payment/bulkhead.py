"""Keeps a slow Stripe from taking the whole web process with it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

SLOW_SECONDS = 3.0  # a failure that took this long was a time-out
SLOW_FAILURES = 3  # so many in a row close the door
CLOSED_SECONDS = 20.0


class Crowded(Exception):
    """No place inside: as many calls are waiting already as may, or Stripe has just been too slow."""


class Bulkhead:
    """At most `places` threads of this process are inside at once; nobody waits for a place.

    Three slow failures in a row close the door for twenty seconds: then nobody waits at all.
    """

    def __init__(self, places: int) -> None:
        self._places = threading.BoundedSemaphore(places)
        self._lock = threading.Lock()
        self._slow_failures = 0
        self._closed_until = 0.0

    @contextmanager
    def place(self) -> Iterator[None]:
        """Be inside while the block runs. Raises Crowded at once where that cannot be."""
        if time.monotonic() < self._closed_until or not self._places.acquire(blocking=False):
            raise Crowded
        started = time.monotonic()
        try:
            yield
        except Exception:
            self._note(failed_slowly=time.monotonic() - started >= SLOW_SECONDS)
            raise
        else:
            self._note(failed_slowly=False)
        finally:
            self._places.release()

    def _note(self, *, failed_slowly: bool) -> None:
        with self._lock:
            self._slow_failures = self._slow_failures + 1 if failed_slowly else 0
            if self._slow_failures >= SLOW_FAILURES:
                self._closed_until = time.monotonic() + CLOSED_SECONDS
                self._slow_failures = 0
