"""Webhooks: signed as Stripe signs, delivered by one background worker, retried until they succeed or are too old."""

import asyncio
import hashlib
import hmac
import json
import sqlite3
import time
from dataclasses import dataclass

import httpx

from . import events
from .account import Account

RETRIES = [1, 2, 4, 8, 16, 30, 60, 120, 300, 600, 1800, 3600]
GIVE_UP_AFTER = 3 * 24 * 60 * 60
AT_ONCE = 8
TIMEOUT = 20.0
KEPT_OF_AN_ANSWER = 500


def sign(body: bytes, secrets: list[str], moment: int) -> str:
    """The `Stripe-Signature` header: one `v1` for each secret."""
    signed = str(moment).encode() + b"." + body
    marks = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={moment}", *(f"v1={mark}" for mark in marks)])


@dataclass(frozen=True)
class Outcome:
    """What became of one attempt; `status` 0 means that no answer came."""

    status: int
    answer: str

    @property
    def accepted(self) -> bool:
        return 200 <= self.status < 300


class Courier:
    """Takes what is due from the deliveries table and carries it, in order of emission, a few at once."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._busy: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._http = httpx.AsyncClient(timeout=TIMEOUT, trust_env=False)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._http.aclose()

    def dispatch(self) -> float:
        """Start what is due; returns in how many seconds the next one will be, if nothing happens before."""
        for row in self._due():
            if len(self._busy) >= AT_ONCE:
                break
            self._start(row)
        return self._next_due()

    def _due(self) -> list[sqlite3.Row]:
        sql = "SELECT * FROM deliveries WHERE state = 'pending' AND due <= ? ORDER BY id LIMIT ?"
        rows = self._account.store.rows(sql, (time.time(), AT_ONCE * 4))
        return [row for row in rows if row["id"] not in self._busy]

    def _next_due(self) -> float:
        sql = "SELECT id, due FROM deliveries WHERE state = 'pending' ORDER BY due LIMIT ?"
        waiting = [row["due"] for row in self._account.store.rows(sql, (AT_ONCE * 2,)) if row["id"] not in self._busy]
        if not waiting or len(self._busy) >= AT_ONCE:
            return 60.0  # a delivery that ends nudges the worker
        return max(0.0, waiting[0] - time.time())

    def _start(self, row: sqlite3.Row) -> None:
        self._busy.add(row["id"])
        task = asyncio.create_task(self._carry(row))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, row: sqlite3.Row) -> None:
        try:
            outcome = await self._attempt(row)
            self._note(row, outcome)
        finally:
            self._busy.discard(row["id"])
            self._account.nudge()

    async def _attempt(self, row: sqlite3.Row) -> Outcome:
        event = events.rendered(self._account, self._account.get("event", row["event"]))
        body = json.dumps(event, indent=2).encode()
        moment = int(time.time())
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            "Stripe-Signature": sign(body, self._account.config.webhook_secrets, moment),
        }
        try:
            answer = await self._http.post(row["endpoint"], content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return Outcome(0, f"{type(error).__name__}: {error}")
        return Outcome(answer.status_code, answer.text[:KEPT_OF_AN_ANSWER])

    def _note(self, row: sqlite3.Row, outcome: Outcome) -> None:
        """Write the attempt down: succeeded, to be tried again, or given up after three days."""
        store, now = self._account.store, time.time()
        current = store.execute("SELECT tries, attempts FROM deliveries WHERE id = ?", (row["id"],)).fetchone()
        if current is None:  # forgotten by a reset meanwhile
            return
        tries = current["tries"] + 1
        attempts = [*json.loads(current["attempts"]), {"at": now, "status": outcome.status, "answer": outcome.answer}]
        state, due = "succeeded", now
        if not outcome.accepted:
            due = now + RETRIES[min(tries, len(RETRIES)) - 1]
            created = self._account.get("event", row["event"])["created"]
            state = "failed" if due - created > GIVE_UP_AFTER else "pending"
        store.execute(
            "UPDATE deliveries SET state = ?, tries = ?, due = ?, attempts = ? WHERE id = ?",
            (state, tries, due, json.dumps(attempts[-50:]), row["id"]),
        )


def forget_unknown_endpoints(account: Account) -> None:
    """Give up deliveries to addresses that are no longer configured."""
    known = account.config.forward_to
    places = ", ".join("?" * len(known))
    sql = f"UPDATE deliveries SET state = 'failed' WHERE state = 'pending' AND endpoint NOT IN ({places})"  # noqa: S608
    account.store.execute(sql, known)


async def first_attempts(account: Account, object_id: str, seconds: float) -> None:
    """Wait, as Checkout does, until the session's completion was tried once everywhere; `seconds` at the longest."""
    sql = (
        "SELECT count(*) FROM deliveries WHERE tries = 0 AND state = 'pending' AND event IN (SELECT id FROM objects "
        "WHERE type = 'event' AND json_extract(body, '$.type') = 'checkout.session.completed' "
        "AND json_extract(body, '$.data.object.id') = ?)"
    )
    ends = time.monotonic() + seconds
    while time.monotonic() < ends and account.store.execute(sql, (object_id,)).fetchone()[0]:
        await asyncio.sleep(0.02)
