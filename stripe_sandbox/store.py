"""The sandbox's memory: one SQLite file, one connection, used by one thread only.

Every operation runs between two awaits of the one event loop, so nothing here needs a lock.
"""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Json = dict[str, Any]

SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (  -- every Stripe object, as the API shows it; `private` is what it does not show
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    created INTEGER NOT NULL,
    body TEXT NOT NULL,
    private TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX IF NOT EXISTS objects_by_type ON objects (type, seq);
CREATE INDEX IF NOT EXISTS objects_by_intent ON objects (type, json_extract(body, '$.payment_intent'));
CREATE INDEX IF NOT EXISTS open_sessions ON objects (json_extract(body, '$.expires_at'))
    WHERE type = 'checkout.session' AND json_extract(body, '$.status') = 'open';
CREATE INDEX IF NOT EXISTS events_by_thing ON objects (json_extract(body, '$.data.object.id')) WHERE type = 'event';
CREATE TABLE IF NOT EXISTS deliveries (  -- one event on its way to one endpoint
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'succeeded', 'failed')),
    tries INTEGER NOT NULL DEFAULT 0,
    due REAL NOT NULL,
    attempts TEXT NOT NULL DEFAULT '[]'
);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (due) WHERE state = 'pending';
CREATE INDEX IF NOT EXISTS deliveries_by_event ON deliveries (event);
CREATE TABLE IF NOT EXISTS timers (  -- what happens by itself later
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    due REAL NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS idempotency (
    key TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    request_id TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    created REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS calls (  -- what was asked of the API and answered, without secrets
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    request_id TEXT NOT NULL,
    api_key TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    replayed INTEGER NOT NULL,
    fault TEXT NOT NULL,
    asked TEXT NOT NULL,
    status INTEGER NOT NULL,
    answered TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS faults (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    target TEXT NOT NULL,
    match TEXT NOT NULL,
    kind TEXT NOT NULL,
    times INTEGER NOT NULL,
    seconds REAL NOT NULL,
    probability REAL NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    used INTEGER NOT NULL DEFAULT 0
);
"""
TABLES = ("objects", "deliveries", "timers", "idempotency", "calls", "faults")


class Store:
    """Objects by id, and plain SQL for the tables that other modules own."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(SCHEMA)

    def close(self) -> None:
        self._db.close()

    def execute(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        return self._db.execute(sql, values)

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        return self._db.execute(sql, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it or none of it; inside another transaction it is part of that one."""
        if self._db.in_transaction:
            yield
            return
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def add(self, body: Json, private: Json | None = None) -> Json:
        self.execute(
            "INSERT INTO objects (id, type, created, body, private) VALUES (?, ?, ?, ?, ?)",
            (body["id"], body["object"], body["created"], json.dumps(body), json.dumps(private or {})),
        )
        return body

    def save(self, body: Json) -> Json:
        self.execute("UPDATE objects SET body = ? WHERE id = ?", (json.dumps(body), body["id"]))
        return body

    def find(self, object_id: str, kind: str | None = None) -> Json | None:
        row = self.execute("SELECT type, body FROM objects WHERE id = ?", (object_id,)).fetchone()
        return json.loads(row["body"]) if row and kind in (None, row["type"]) else None

    def private(self, object_id: str) -> Json:
        row = self.execute("SELECT private FROM objects WHERE id = ?", (object_id,)).fetchone()
        return json.loads(row["private"]) if row else {}

    def save_private(self, object_id: str, **changes: Any) -> None:
        private = json.dumps(self.private(object_id) | changes)
        self.execute("UPDATE objects SET private = ? WHERE id = ?", (private, object_id))

    def clear(self) -> None:
        """Forget everything."""
        with self.transaction():
            for table in TABLES:
                self.execute(f"DELETE FROM {table}")  # noqa: S608 - our own table names
