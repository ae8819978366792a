"""Idempotency keys: a repeated POST is answered with the first one's result and does nothing again."""

import hashlib
import json
import time
from dataclasses import dataclass
from typing import Any

from .account import Account
from .errors import StripeError, invalid
from .store import Json

KEPT = 24 * 60 * 60
LONGEST_KEY = 255


@dataclass(frozen=True)
class Result:
    """An answer as it is kept."""

    status: int
    body: Json
    request_id: str
    replayed: bool = False


class Keys:
    """The account's keys. Those in flight live in memory only: a stopped process has nothing in flight."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._in_flight: set[str] = set()

    def recall(self, key: str, endpoint: str, given: Any) -> Result | None:
        """The kept result of this key. Raises 400 when it was used for something else, 409 while it is in flight."""
        if len(key) > LONGEST_KEY:
            raise invalid(f"Idempotency keys can be at most {LONGEST_KEY} characters long.")
        if key in self._in_flight:
            message = (
                "There is currently another in-progress request using this Idempotent Key (that probably means you "
                f"submitted twice, and the other request is still going through): {key}. Please try again later."
            )
            raise StripeError(message, status=409, kind="idempotency_error", code="idempotency_key_in_use", kept=False)
        sql = "SELECT * FROM idempotency WHERE key = ? AND created > ?"
        row = self._account.store.execute(sql, (key, time.time() - KEPT)).fetchone()
        if row is None:
            return None
        advice = f"Try using a key other than '{key}' if you meant to execute a different request."
        if row["endpoint"] != endpoint:
            used = f"('{row['endpoint']}' vs '{endpoint}')"
            message = (
                f"Keys for idempotent requests can only be used for the same endpoint they were first used for {used}."
            )
            raise StripeError(f"{message} {advice}", kind="idempotency_error", kept=False)
        if row["fingerprint"] != fingerprint(given):
            message = (
                "Keys for idempotent requests can only be used with the same parameters they were first used with."
            )
            raise StripeError(f"{message} {advice}", kind="idempotency_error", kept=False)
        return Result(row["status"], json.loads(row["body"]), row["request_id"], replayed=True)

    def begin(self, key: str) -> None:
        self._in_flight.add(key)

    def end(self, key: str) -> None:
        self._in_flight.discard(key)

    def keep(self, key: str, endpoint: str, given: Any, result: Result) -> None:
        """Remember the result, in the transaction of the work itself; older than a day is forgotten."""
        store, now = self._account.store, time.time()
        store.execute("DELETE FROM idempotency WHERE created <= ?", (now - KEPT,))
        store.execute(
            "INSERT OR REPLACE INTO idempotency VALUES (?, ?, ?, ?, ?, ?, ?)",
            (key, fingerprint(given), endpoint, result.request_id, result.status, json.dumps(result.body), now),
        )


def fingerprint(given: Any) -> str:
    """The same for the same parameters, in whatever order they came."""
    return hashlib.sha256(json.dumps(given, sort_keys=True).encode()).hexdigest()
