"""What the shop's way of publishing and running tasks costs beside bare Celery, and how fast orders become paid.

`python -m benchmarks.throughput`. Same settings, broker, worker and machine for both kinds of task, in turns.
Exits with 1 where less than promised is reached.
"""

import asyncio
import hashlib
import hmac
import json
import sys
import tempfile
import time
import uuid
from pathlib import Path

import psycopg2

from tests.services.stack import SECRET, Stack, wait_for

from .webhooks import ask

TASKS, BATCH = 3000, 500  # the publisher holds a thousand at most
ROUNDS = 2  # the better counts, as the machine is not ours alone
ORDERS, AT_ONCE = 200, 50
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
from cart import defaults
from tests.checkout import placed_order
from tests.factories import VariantFactory
from payment.services import start_checkout
variant = VariantFactory(stock=100_000)
for _order in range({orders}):
    start_checkout(placed_order(variant).pk)
"""


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
        options = ["--beat", "--concurrency", "2", "-l", "WARNING"]
        self.spawn("worker", "celery", "-A", "benchmarks.tasks", "worker", *options)

    def run(self, code: str) -> str:
        return self.manage("shell", "-v0", "-c", code)

    def ran(self, mark: str) -> int:
        path = self.folder / mark
        return path.stat().st_size if path.exists() else 0

    def one(self, query: str) -> int:
        with psycopg2.connect(self._database_url()) as connection, connection.cursor() as cursor:
            cursor.execute(query)
            return int(cursor.fetchall()[0][0])


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
    shop.run(PLACE.format(orders=ORDERS))
    for session in shop.sandbox.sessions():
        shop.sandbox.pay(session["id"])
    events = shop.sandbox.events("checkout.session.completed")
    bodies = [json.dumps({key: event[key] for key in event if key != "deliveries"}).encode() for event in events]
    paid = "SELECT count(*) FROM orders_orderemail WHERE kind = 'receipt'"
    expected = len(bodies) + shop.one(paid)
    started = time.perf_counter()
    asyncio.run(_deliver(shop.port, bodies))
    stored = time.perf_counter() - started
    wait_for(lambda: shop.one(paid) >= expected, seconds=300, what=f"{expected} orders are paid")
    print(f"{len(bodies)} webhooks stored in {stored:.1f} s")
    return len(bodies) / (time.perf_counter() - started)


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
        orders = orders_per_second(shop)
        print(f"webhook to paid with the receipt's row: {orders:.1f} orders a second")
    if share < SHARE or orders < ORDERS_PER_SECOND:
        sys.exit(f"promised: {SHARE:.0%} of bare Celery, {ORDERS_PER_SECOND} orders a second")


if __name__ == "__main__":
    main()
