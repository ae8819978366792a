"""How much the sandbox carries: 200 purchases at once, with a crash in the middle."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from .conftest import BOTTLES, CARD, client_of
from .endpoint import Endpoint, eventually
from .process import Sandbox

PURCHASES, BUYERS, EVENTS_EACH = 200, 4, 5


def test_two_hundred_purchases_are_paid_and_delivered_and_a_crash_loses_none(tmp_path: Path) -> None:
    with Endpoint() as endpoint, Sandbox(tmp_path / "many.sqlite3", forward_to=[endpoint.url]) as sandbox:
        began = time.monotonic()
        buy(sandbox, PURCHASES // 2)
        sandbox.restart(kill=True)
        buy(sandbox, PURCHASES // 2)
        paid = time.monotonic() - began
        expected = PURCHASES * EVENTS_EACH
        eventually(
            lambda: len({event.id for event in endpoint.received}) == expected, seconds=120, why=lambda: "deliveries"
        )
        delivered = time.monotonic() - began
        print(f"{PURCHASES} purchases paid in {paid:.1f} s, {expected} events delivered in {delivered:.1f} s")
        completed = {
            event.data.object["id"] for event in endpoint.received if event.type == "checkout.session.completed"
        }
        assert len(completed) == PURCHASES


def buy(sandbox: Sandbox, purchases: int) -> None:
    """So many purchases on the payment page, by a few buyers at once."""
    client = client_of(sandbox)

    def one(_: int) -> None:
        session = client.v1.checkout.sessions.create(BOTTLES)
        assert session.url is not None
        assert httpx.post(session.url, data=CARD, trust_env=False, timeout=30).status_code == 303

    with ThreadPoolExecutor(BUYERS) as buyers:
        list(buyers.map(one, range(purchases)))
