"""The file-system broker of the embedded defaults, with the gaps in kombu's closed.

kombu's own writes a message in place, so that a worker may take a file that is still empty, and dies of it
(https://github.com/celery/kombu/issues/1551); its tables of bindings can be read half-written in the same way. And it
names messages by the millisecond since the machine started, so that those of one millisecond, or of before a restart,
come in any order.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import time_ns
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """A message appears whole, by rename; bindings are read and written one process at a time."""

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        folder = Path(self.data_folder_out)
        name = f"{time_ns()}_{uuid.uuid4()}.{queue}.msg"  # read in the order of names
        draft = folder / f".{name}"  # a name that no queue looks for
        draft.write_text(dumps(payload))
        draft.rename(folder / name)

    def get_table(self, exchange: str) -> Any:
        with self._tables():
            return super().get_table(exchange)

    def _queue_bind(self, *args: Any) -> None:
        with self._tables():
            super()._queue_bind(*args)

    @contextmanager
    def _tables(self) -> Iterator[None]:
        with (self.control_folder / "tables.lock").open("a") as file:
            filesystem.lock(file, filesystem.LOCK_EX)  # type: ignore[attr-defined]
            try:
                yield
            finally:
                filesystem.unlock(file)


class Transport(filesystem.Transport):
    """Used in place of kombu's by the settings."""

    Channel = Channel
