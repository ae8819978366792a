"""Telling the world: an Event for each thing that happens, and a delivery of it to each endpoint.

Only this file writes events.
"""

import copy
import time
from typing import Any

from .account import Account
from .config import API_VERSION
from .ids import new_id
from .store import Json


def emit(account: Account, kind: str, thing: Json, *, before: Json | None = None) -> Json:
    """Record that `kind` happened to `thing`, with a snapshot of it, in the caller's transaction.

    `before` holds the former values of what changed (Stripe's `previous_attributes`).
    """
    data: dict[str, Any] = {"object": copy.deepcopy(thing)}
    if before:
        data["previous_attributes"] = before
    event = {
        "id": new_id("evt_1"),
        "object": "event",
        "api_version": API_VERSION,
        "created": account.now(),
        "data": data,
        "livemode": False,
        "pending_webhooks": 0,
        "request": account.cause,
        "type": kind,
    }
    account.store.add(event)
    for endpoint in account.endpoints():
        enqueue(account, str(event["id"]), endpoint)
    return event


def enqueue(account: Account, event_id: str, endpoint: str) -> int:
    """Send the event to the endpoint as soon as the worker gets to it; returns the delivery's number."""
    sql = "INSERT INTO deliveries (event, endpoint, due) VALUES (?, ?, ?)"
    number = account.store.execute(sql, (event_id, endpoint, time.time())).lastrowid
    account.nudge()
    return number or 0


def rendered(account: Account, event: Json) -> Json:
    """The event with the number of deliveries that have not succeeded yet."""
    sql = "SELECT count(*) FROM deliveries WHERE event = ? AND state <> 'succeeded'"
    return event | {"pending_webhooks": account.store.execute(sql, (event["id"],)).fetchone()[0]}
