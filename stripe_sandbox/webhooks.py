"""Webhooks: signed as Stripe signs, delivered by one background worker, retried until they succeed or are too old."""

import asyncio
import hashlib
import hmac
import json
import logging
import sqlite3
import time
from dataclasses import dataclass

import httpx

from . import events
from .account import Account
from .faults import Fault
from .store import Json

RETRIES = [1, 2, 4, 8, 16, 30, 60, 120, 300, 600, 1800, 3600]
GIVE_UP_AFTER = 3 * 24 * 60 * 60
AT_ONCE = 8  # deliveries to one endpoint
LOOK_AHEAD = 500
TIMEOUT = 20.0
REDIRECT_WAITS = 10.0
KEPT_OF_AN_ANSWER = 500
IN_TRANSIT = (
    "delay", "drop", "duplicate", "error_500", "error_500_after", "timeout_after", "wrong_amount", "wrong_currency",
)  # fmt: skip
log = logging.getLogger(__name__)


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
        self._busy = account.under_way
        self._tasks: set[asyncio.Task[None]] = set()
        # No proxies of the environment, but the certificates that SSL_CERT_FILE names.
        self._http = httpx.AsyncClient(timeout=TIMEOUT, trust_env=False, verify=httpx.create_ssl_context())

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._http.aclose()

    def dispatch(self) -> float:
        """Start what is due; returns in how many seconds the next one will be, if nothing happens before."""
        rows = self._due()
        if len(rows) > 1 and self._meets(rows, "reorder"):
            self._start(self._account.faults.shuffle(rows))
        else:
            for row in rows:  # a slow endpoint holds up only itself
                if list(self._busy.values()).count(row["endpoint"]) < AT_ONCE:
                    self._start([row])
        return self._next_due()

    def _due(self) -> list[sqlite3.Row]:
        sql = (
            "SELECT deliveries.*, json_extract(body, '$.type') AS kind, "
            "json_extract(body, '$.data.object.id') AS thing "
            "FROM deliveries JOIN objects ON objects.id = event WHERE state = 'pending' AND due <= ? "
            "ORDER BY deliveries.id LIMIT ?"
        )
        rows = self._account.store.rows(sql, (time.time(), LOOK_AHEAD))
        return [row for row in rows if row["id"] not in self._busy]

    def _next_due(self) -> float:
        sql = "SELECT id, due FROM deliveries WHERE state = 'pending' ORDER BY due LIMIT ?"
        waiting = [row["due"] for row in self._account.store.rows(sql, (LOOK_AHEAD,)) if row["id"] not in self._busy]
        now = time.time()
        # What is due and was not started waits for a delivery to end, and that nudges the worker.
        return next((due - now for due in waiting if due > now), 60.0)

    def _meets(self, rows: list[sqlite3.Row], *kinds: str) -> Fault | None:
        faults = (
            self._account.faults.take("delivery", row["kind"], row["event"], row["thing"], kinds=kinds) for row in rows
        )
        return next((fault for fault in faults if fault), None)

    def _start(self, rows: list[sqlite3.Row]) -> None:
        self._busy.update((row["id"], row["endpoint"]) for row in rows)
        task = asyncio.create_task(self._carry(rows))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, rows: list[sqlite3.Row]) -> None:
        """Deliver one after the other; whatever happens, none stays marked as busy."""
        try:
            for row in rows:
                outcome = await self._attempt(row, self._meets([row], *IN_TRANSIT))
                if outcome:
                    self._note(row, outcome)
        except Exception:
            log.exception("A delivery stumbled; it is tried again.")
            await asyncio.sleep(1)
        finally:
            for row in rows:
                self._busy.pop(row["id"], None)
            self._account.nudge()

    async def _attempt(self, row: sqlite3.Row, fault: Fault | None) -> Outcome | None:
        """One attempt with what goes wrong on the way; None when it is put off or a reset forgot it."""
        event = self._account.store.find(row["event"], "event")
        if event is None:
            return None
        kind = fault.kind if fault else ""
        if fault and kind == "delay":
            self._account.store.execute(
                "UPDATE deliveries SET due = ? WHERE id = ?", (time.time() + fault.seconds, row["id"])
            )
            return None
        if kind in ("drop", "error_500"):
            return Outcome(0, "A fault lost this delivery on its way.")
        if fault:
            fault.distort(event["data"]["object"])
        outcome = await self._send(row["endpoint"], event)
        if kind == "duplicate":
            outcome = await self._send(row["endpoint"], event)
        if kind in ("timeout_after", "error_500_after"):
            return Outcome(0, f"A fault lost the answer: {outcome.status} {outcome.answer}"[:KEPT_OF_AN_ANSWER])
        return outcome

    async def _send(self, endpoint: str, event: Json) -> Outcome:
        body = json.dumps(events.rendered(self._account, event), indent=2).encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            "Stripe-Signature": sign(body, self._account.config.webhook_secrets, int(time.time())),
        }
        listener = self._account.listeners.get(endpoint)
        try:
            if listener:
                return Outcome(*await listener.forward(event, body, headers))
            answer = await self._http.post(endpoint, content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ConnectionError) as error:
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
            once = (
                row["endpoint"] not in self._account.config.forward_to
            )  # the CLI gets one attempt, as Stripe gives it
            state = "failed" if once or due - created > GIVE_UP_AFTER else "pending"
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


async def before_redirect(account: Account, session_id: str) -> None:
    """Wait, as Checkout does, until the session's completion was tried once at every endpoint, ten seconds at most.

    The fault `before_redirect` waits for all events of the payment instead; `after_redirect` holds the completion back.
    """
    fault = account.faults.take(
        "delivery", "checkout.session.completed", session_id, kinds=("before_redirect", "after_redirect")
    )
    if fault and fault.kind == "after_redirect":
        sql = f"UPDATE deliveries SET due = ? WHERE state = 'pending' AND tries = 0 AND event IN ({_OF_SESSION})"  # noqa: S608
        account.store.execute(sql, (time.time() + fault.seconds, session_id))
        return
    sql = f"SELECT count(*) FROM deliveries WHERE tries = 0 AND state = 'pending' AND event IN ({_OF_SESSION})"  # noqa: S608
    values: tuple[str, ...] = (session_id,)
    if fault:
        sql, values = "SELECT count(*) FROM deliveries WHERE tries = 0 AND state = 'pending'", ()
    ends = time.monotonic() + REDIRECT_WAITS
    while time.monotonic() < ends and account.store.execute(sql, values).fetchone()[0]:
        await asyncio.sleep(0.02)


_OF_SESSION = (
    "SELECT id FROM objects WHERE type = 'event' AND json_extract(body, '$.type') = 'checkout.session.completed' "
    "AND json_extract(body, '$.data.object.id') = ?"
)
