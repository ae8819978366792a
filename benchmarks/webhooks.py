"""How fast the webhook answers 50 signed deliveries at once: real gunicorn, Postgres, RabbitMQ, and a worker at work.

`python -m benchmarks.webhooks`. Beside it, in the same run, the same load on /healthz, which does nothing; the ratio
tells what the webhook costs whatever the machine. Exits with 1 where the webhook is slower than promised.
"""

import asyncio
import hashlib
import hmac
import json
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from tests.services.stack import SECRET, Stack

AT_ONCE = 50
ROUNDS = 40
MEDIAN_MS, P99_MS = 100, 500  # what is promised


def delivery(host: str) -> bytes:
    """A signed event that was never sent before, as the bytes of its request."""
    event = {
        "id": f"evt_{uuid.uuid4().hex}",
        "object": "event",
        "type": "checkout.session.expired",
        "livemode": False,
        "data": {"object": {"id": f"cs_test_{uuid.uuid4().hex}", "object": "checkout.session", "metadata": {}}},
    }
    body = json.dumps(event, indent=2).encode()
    moment = int(time.time())
    mark = hmac.new(SECRET.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    head = (
        f"POST /payment/webhook/ HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        f"Stripe-Signature: t={moment},v1={mark}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def probe(host: str) -> bytes:
    """A request that costs the server next to nothing."""
    return f"GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()


async def ask(port: int, content: bytes) -> float:
    """Send one request on a connection of its own; the milliseconds until its answer."""
    started = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(content)
    status = await reader.readline()
    took = (time.perf_counter() - started) * 1000
    assert b" 200 " in status, status
    writer.close()
    return took


async def load(port: int, request: Callable[[str], bytes]) -> list[float]:
    """AT_ONCE requests at the same moment, and again when all are answered; the milliseconds of each."""
    took: list[float] = []
    for _round in range(ROUNDS):
        requests = [request(f"127.0.0.1:{port}") for _request in range(AT_ONCE)]
        took += await asyncio.gather(*(ask(port, content) for content in requests))
    return took


def measure(port: int, name: str, request: Callable[[str], bytes]) -> tuple[float, float]:
    """Load and print; (median, p99) in milliseconds. The first rounds warm the server up and count, too."""
    started = time.perf_counter()
    took = asyncio.run(load(port, request))
    seconds = time.perf_counter() - started
    median, p99 = statistics.median(took), statistics.quantiles(took, n=100)[98]
    print(f"{name:9} {median:6.1f} ms median, {p99:6.1f} ms p99, {len(took) / seconds:5.0f} a second")
    return median, p99


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, Stack(Path(folder), web=2) as stack:
        print(f"{ROUNDS} rounds of {AT_ONCE} at once, 2 web processes of 8 threads")
        bare, _p99 = measure(stack.port, "healthz", probe)
        median, p99 = measure(stack.port, "webhook", delivery)
        print(f"ratio     {median / bare:6.1f} (median of webhook to healthz)")
    if median >= MEDIAN_MS or p99 >= P99_MS:
        sys.exit(f"promised: under {MEDIAN_MS} ms median and {P99_MS} ms p99")


if __name__ == "__main__":
    main()
