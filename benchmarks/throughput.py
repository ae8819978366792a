"""What the shop's way of publishing and running tasks costs beside bare Celery, and how fast orders become paid.

`python -m benchmarks.throughput`. Same settings, broker, worker and machine for both kinds of task, in turns. Then the
webhooks of orders that were paid at the sandbox are delivered, and counted until each order is paid and its receipt
owed; how soon the receipts were sent, with their invoices drawn, is told beside it. Web, sandbox, Postgres, RabbitMQ
and the workers of docker-compose.yml share the machine. Exits with 1 where less than promised is reached.
"""

import asyncio
import hashlib
import hmac
import json
import os
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg2

from background import topology
from tests.services.stack import SECRET, Stack, wait_for

from . import cpu
from .webhooks import ask

TASKS, BATCH = 3000, 500  # the publisher holds a thousand at most
ROUNDS = 2  # the better counts, as the machine is not ours alone
ORDERS, AT_ONCE = 300, 50
YIELDS = 10  # by how much workers that nobody waits for are nicer than the payments'
SHARE, ORDERS_PER_SECOND = 0.8, 50  # what is promised

PUBLISH = {
    "bare": "for _number in range({tasks}): bare.apply_async(args=('{mark}',), retry=False)",
    "ours": (
        "for _batch in range({tasks} // {batch}):\n"
        "    for _number in range({batch}): ours.nudge_on_commit('{mark}')\n"
        "    assert publisher.flush(60)"
    ),
}
PLACE = """
from shop.models import Variant
from tests.checkout import placed_order
from tests.factories import VariantFactory
from payment.services import start_checkout
variant = Variant.objects.first() or VariantFactory(stock=100_000)
for _order in range({orders}):
    start_checkout(placed_order(variant).pk)
"""


RECEIPT = "kind = 'receipt'"


class Bench(Stack):
    """A shop whose worker has the tasks of benchmarks/tasks.py; no pictures, and no webhook but those sent by hand."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, web=2)
        self.sandbox.forward_to = []

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {"BENCH_FOLDER": str(self.folder), "LOG_LEVEL": "WARNING"}

    def seed(self) -> None:
        self.run("from cart import defaults; defaults.load()")

    def start_worker(self) -> None:
        for name, kinds in topology.WORKERS.items():
            queues = ",".join(f"{self.name}.{kind}" for kind in kinds)
            options = ["-n", f"{name}@%h", "-Q", queues, "--concurrency", "2", "-l", "WARNING"]
            self.spawn(name, "celery", "-A", "benchmarks.tasks", "worker", *options)
            if name != "payments":
                self._yield(self.process_group(name))
        self.spawn("beat", "celery", "-A", "benchmarks.tasks", "beat", "-l", "WARNING")

    @staticmethod
    def _yield(group: int) -> None:
        os.setpriority(os.PRIO_PGRP, group, YIELDS)
        whole = Path(f"/proc/{group}/autogroup")  # where Linux divides the processors by sessions, this is what counts
        if whole.exists():
            whole.write_text(str(YIELDS))

    def run(self, code: str) -> str:
        return self.manage("shell", "-v0", "-c", code)

    def ran(self, mark: str) -> int:
        path = self.folder / mark
        return path.stat().st_size if path.exists() else 0

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg2.connect(self._database_url()) as connection, connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall()

    def number(self, mails: str) -> int:
        """How many of the orders' mails meet this condition."""
        return int(self.rows(f"SELECT count(*) FROM orders_orderemail WHERE {mails}")[0][0])

    def used(self) -> dict[str, cpu.Seconds]:
        """What the processes of each part of the shop have used so far."""
        parts = {name: cpu.of_group(self.process_group(name)) for name in ("web", *topology.WORKERS)}
        servers = {"Postgres": f" {self.name} ", "RabbitMQ": "/beam.smp ", "Stripe": f" {self.sandbox.data} "}
        parts |= {name: cpu.of_command(part) for name, part in servers.items()}
        return parts | {"bench": {os.getpid(): time.process_time()}}

    def completions(self) -> Iterator[dict[str, Any]]:
        """Every event of a completed session, in pages as Stripe gives them."""
        query = {"type": "checkout.session.completed", "limit": "100"}
        key, more = {"Authorization": "Bearer sk_test_stack"}, True
        while more:
            answer = httpx.get(f"{self.sandbox.url}/v1/events", params=query, headers=key, trust_env=False)
            page = answer.raise_for_status().json()
            yield from page["data"]
            more, query["starting_after"] = page["has_more"], page["data"][-1]["id"]


def tasks_per_second(shop: Bench, kind: str) -> float:
    """Publish TASKS of this kind in one process, while the worker runs them; how many a second, from first to last."""
    mark = uuid.uuid4().hex
    code = PUBLISH[kind].format(tasks=TASKS, batch=BATCH, mark=mark)
    imports = "import time\nfrom benchmarks.tasks import bare, ours\nfrom background.task import publisher"
    began = float(shop.run(f"{imports}\nprint(time.time())\n{code}").strip())
    wait_for(lambda: shop.ran(mark) >= TASKS, seconds=300, what=f"{TASKS} {kind} tasks ran")
    return TASKS / ((shop.folder / mark).stat().st_mtime - began)


def orders_per_second(shop: Bench) -> float:
    """Deliver the events of ORDERS that were paid at Stripe; how many a second became paid, their receipt owed."""
    bodies = _paid_at_stripe(shop)
    owed = shop.number(RECEIPT) + ORDERS
    used, started = shop.used(), time.perf_counter()
    asyncio.run(_deliver(shop.port, bodies))
    stored = time.perf_counter() - started
    wait_for(lambda: shop.number(RECEIPT) == owed, seconds=300, what=f"{ORDERS} orders are paid")
    paid, used_then = time.perf_counter() - started, shop.used()
    wait_for(lambda: shop.number(f"{RECEIPT} AND state = 'sent'") == owed, seconds=300, what="the receipts are sent")
    sent = time.perf_counter() - started
    print(f"{ORDERS} webhooks: stored after {stored:.1f} s, paid after {paid:.1f} s, receipts sent after {sent:.1f} s")
    each = ", ".join(f"{name} {cpu.spent(used[name], then) / ORDERS * 1000:.1f}" for name, then in used_then.items())
    print(f"milliseconds of processor an order until all were paid: {each}")
    return ORDERS / paid


def _paid_at_stripe(shop: Bench) -> list[bytes]:
    """Let ORDERS be placed, their mails sent, and paid at Stripe, which tells nobody; the bodies of its webhooks."""
    shop.run(PLACE.format(orders=ORDERS))
    wait_for(lambda: not shop.number("state = 'queued'"), seconds=300, what="the mails of placing are sent")
    unpaid = "SELECT session_id FROM payment_checkoutattempt WHERE state = 'open'"
    sessions = {session for (session,) in shop.rows(unpaid)}
    for session in sessions:
        shop.sandbox.pay(session)
    events = [event for event in shop.completions() if event["data"]["object"]["id"] in sessions]
    assert len(events) == ORDERS
    return [json.dumps(event).encode() for event in events]


async def _deliver(port: int, bodies: list[bytes]) -> None:
    for first in range(0, len(bodies), AT_ONCE):
        await asyncio.gather(*(ask(port, _signed(port, body)) for body in bodies[first : first + AT_ONCE]))


def _signed(port: int, body: bytes) -> bytes:
    moment = int(time.time())
    mark = hmac.new(SECRET.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    head = (
        f"POST /payment/webhook/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"Stripe-Signature: t={moment},v1={mark}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, Bench(Path(folder)) as shop:
        rates = {"bare": 0.0, "ours": 0.0}
        for _round in range(ROUNDS):
            for kind in rates:
                rates[kind] = max(rates[kind], tasks_per_second(shop, kind))
        share = rates["ours"] / rates["bare"]
        print(f"tasks a second, published and run: bare {rates['bare']:.0f}, ours {rates['ours']:.0f} ({share:.0%})")
        orders = max(orders_per_second(shop) for _round in range(ROUNDS))
        print(f"webhook to paid with the receipt's row: {orders:.1f} orders a second")
    if share < SHARE or orders < ORDERS_PER_SECOND:
        sys.exit(f"promised: {SHARE:.0%} of bare Celery, {ORDERS_PER_SECOND} orders a second")


if __name__ == "__main__":
    main()
