"""The one test account: its memory, its settings, and a bell for the background worker."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from .config import Config
from .errors import missing
from .faults import Faults
from .store import Json, Store

NOBODY: Json = {"id": None, "idempotency_key": None}


class Listener(Protocol):
    """Whoever takes events over a line of its own."""

    async def forward(self, event: Json, body: bytes, headers: dict[str, str]) -> tuple[int, str]: ...


class Account:
    """What every operation is handed. `nudge()` tells the worker that something is due."""

    def __init__(self, config: Config, store: Store) -> None:
        self.config = config
        self.store = store
        self.faults = Faults(store, config.seed)
        self.listeners: dict[str, Listener] = {}  # connected Stripe CLIs by their endpoint name
        self.cause: Json = NOBODY  # the request that events are put down to
        self.under_way: dict[int, str] = {}  # deliveries being made now, with their endpoints
        self._bell = asyncio.Event()

    def endpoints(self) -> list[str]:
        """Where events go now: the configured addresses, and every CLI that listens."""
        return [*self.config.forward_to, *sorted(self.listeners)]

    def now(self) -> int:
        return int(time.time())

    def get(self, kind: str, object_id: str, *, param: str = "id") -> Json:
        """The object, or Stripe's 404."""
        found = self.store.find(object_id, kind)
        if found is None:
            raise missing(kind, object_id, param=param)
        return found

    @contextmanager
    def caused_by(self, request_id: str, idempotency_key: str) -> Iterator[None]:
        """Put the events of this block down to an API request; what payers and clocks do has none."""
        self.cause = {"id": request_id, "idempotency_key": idempotency_key or None}
        try:
            yield
        finally:
            self.cause = NOBODY

    def nudge(self) -> None:
        self._bell.set()

    async def arrivals(self, seconds: float) -> None:
        """Wait until no delivery is under way, `seconds` at the longest."""
        ends = time.monotonic() + seconds
        while self.under_way and time.monotonic() < ends:
            await asyncio.sleep(0.01)

    async def rest(self, seconds: float) -> None:
        """Sleep until nudged, `seconds` at the longest."""
        try:
            async with asyncio.timeout(seconds):
                await self._bell.wait()
        except TimeoutError:
            pass
        self._bell.clear()
