"""How fast the webhook answers 50 signed deliveries at once: real gunicorn, Postgres, RabbitMQ, and a worker at work.

`python -m benchmarks.webhooks`. Two loads: 50 at the same moment, again and again; and 50 always on their way, each
followed by the next. Beside them, in the same run, the same load on /healthz, which does nothing; the ratio and the
CPU time tell what the webhook costs however busy the machine. Exits with 1 where it is slower than promised.
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
from collections.abc import Callable, Coroutine
from itertools import chain
from pathlib import Path
from typing import Any

from tests.services.stack import SECRET, Stack

from . import cpu

AT_ONCE = 50
ROUNDS = 40
MEDIAN_MS, P99_MS = 100, 500  # what is promised

Load = Callable[[int, Callable[[str], bytes]], Coroutine[Any, Any, list[float]]]


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


async def bursts(port: int, request: Callable[[str], bytes]) -> list[float]:
    """AT_ONCE requests at the same moment, and again when all are answered; the milliseconds of each."""
    took: list[float] = []
    for _round in range(ROUNDS):
        requests = [request(f"127.0.0.1:{port}") for _request in range(AT_ONCE)]
        took += await asyncio.gather(*(ask(port, content) for content in requests))
    return took


async def stream(port: int, request: Callable[[str], bytes]) -> list[float]:
    """AT_ONCE requests always on their way; the milliseconds of each."""

    async def one_after_another() -> list[float]:
        return [await ask(port, request(f"127.0.0.1:{port}")) for _round in range(ROUNDS)]

    return list(chain.from_iterable(await asyncio.gather(*(one_after_another() for _sender in range(AT_ONCE)))))


LOADS = {f"{AT_ONCE} at the same moment": bursts, f"{AT_ONCE} always on their way": stream}


def measure(stack: Stack, name: str, load: Load) -> tuple[float, float]:
    """Load and print; (median, p99) in milliseconds. The first rounds warm the server up and count, too."""
    request = {"healthz": probe, "webhook": delivery}[name]
    web = stack.process_group("web")
    used, started = cpu.of_group(web), time.perf_counter()
    took = asyncio.run(load(stack.port, request))
    seconds = time.perf_counter() - started
    spent = cpu.spent(used, cpu.of_group(web)) / len(took) * 1000
    median, p99 = statistics.median(took), statistics.quantiles(took, n=100)[98]
    rate = len(took) / seconds
    print(f"{name:9} {median:6.1f} ms median, {p99:6.1f} ms p99, {rate:5.0f} a second, {spent:5.2f} ms of web CPU each")
    return median, p99


def main() -> None:
    slow = []
    with tempfile.TemporaryDirectory() as folder, Stack(Path(folder), web=2) as stack:
        print(f"{ROUNDS * AT_ONCE} requests a line, 2 web processes of 8 threads")
        for title, load in LOADS.items():
            print(f"\n{title}")
            bare, _p99 = measure(stack, "healthz", load)
            median, p99 = measure(stack, "webhook", load)
            print(f"ratio     {median / bare:6.1f} (median of webhook to healthz)")
            if median >= MEDIAN_MS or p99 >= P99_MS:
                slow.append(title)
    if slow:
        sys.exit(f"promised: under {MEDIAN_MS} ms median and {P99_MS} ms p99; too slow with {', '.join(slow)}")


if __name__ == "__main__":
    main()
