"""What the shop's pages cost beside a bare Django page, with a thousand products and with a million.

`python -m benchmarks.pages [products ...]`. Needs Postgres and wrk. Each catalogue is made once and kept in a database
of its own. Served as the Dockerfile says; the pages take turns with the bare page, and the medians of all rounds count.
Writes docs/benchmarks.md and docs/benchmarks.svg. Exits with 1 where a hot query reads a whole table.
"""

import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg2

from tests.environment import POSTGRES
from tests.ports import free_port

from . import report

ROOT = Path(__file__).resolve().parents[1]
SIZES = (1_000, 100_000, 1_000_000)
ROUNDS, SECONDS, CONNECTIONS = 5, 3, 8
PAGES = {
    "home": "/",
    "list": "/?page=1",
    "list, page 80": "/?page=80",
    "list by price, page 80": "/?sort=price&page=80",
    "category": "/category/red/",
    "value": "/region/valley-5/",
    "two filters": "/category/wines/?country=country-3&in_stock=1",
    "search": "/search/?q=reserva",
    "search, two words": "/search/?q=casa+reserva",
    "product": "/product/product-77/",
}
COLD = ("list", "category", "search", "product")  # measured without anything kept, too


@dataclass(frozen=True)
class Measured:
    """Medians of all rounds: requests a second, their ratio to the bare page's, milliseconds."""

    rate: float
    ratio: float
    p50: float
    p99: float


def address(products: int) -> str:
    return urlsplit(os.environ.get("BENCH_DATABASE_URL", POSTGRES))._replace(path=f"/shop_bench_{products}").geturl()


def environment(products: int) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    return ours | {
        "DATABASE_URL": address(products),
        "SECRET_KEY": "only for benchmarks",
        "ALLOWED_HOSTS": "127.0.0.1,testserver",
        "HTTPS": "0",
        "CELERY_BROKER_URL": "memory://",
        "STRIPE_SECRET_KEY": "sk_test_bench",
        "STRIPE_WEBHOOK_SECRET": "whsec_bench",
        "STATIC_ROOT": str(Path(tempfile.gettempdir()) / "shop-bench-static"),
        "LOG_LEVEL": "ERROR",
    }


def prepare(products: int) -> None:
    """Make the catalogue, unless it is there."""
    name = address(products).rpartition("/")[2]
    connection = psycopg2.connect(urlsplit(address(products))._replace(path="/postgres").geturl())
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        missing = not cursor.fetchone()
        if missing:
            cursor.execute(f'CREATE DATABASE "{name}"')
    connection.close()
    run(products, "migrate", "-v0")
    if missing:
        run(products, "shell", "-v0", "-c", f"from benchmarks.catalogues import fill; fill({products})")
    run(products, "collectstatic", "-v0", "--noinput")


def run(products: int, *arguments: str) -> str:
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment(products), check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def command_of_the_image() -> list[str]:
    """How the Dockerfile serves, from its last line on."""
    text = (ROOT / "Dockerfile").read_text().rpartition("\nCMD ")[2].replace("\\\n", " ")
    return list(json.loads(text))


@contextmanager
def served(products: int, application: str, log: Path) -> Iterator[tuple[str, int]]:
    """The application as production serves it; its address, and the process group."""
    port = free_port()
    options = [part for part in command_of_the_image()[2:] if not part.startswith("--bind")]
    command = [sys.executable, "-m", "gunicorn", application, *options, f"--bind=127.0.0.1:{port}"]
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment(products), stdout=output, stderr=output, start_new_session=True
        )
    try:
        _wait_until_it_answers(f"http://127.0.0.1:{port}/", process)
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def _wait_until_it_answers(url: str, process: "subprocess.Popen[bytes]") -> None:
    for _try in range(300):
        try:
            if httpx.get(url, trust_env=False, timeout=30).status_code == 200:
                return
        except httpx.TransportError:
            assert process.poll() is None, "the server has ended; see its log"
        time.sleep(0.1)
    raise AssertionError(f"{url} does not answer")


def load(url: str) -> tuple[float, float, float]:
    """Requests a second, and the median and 99th percentile of their milliseconds. Raises for any that failed."""
    command = ["wrk", "-t2", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--latency", url]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "Non-2xx" not in told, told
    rate = re.search(r"Requests/sec:\s+([\d.]+)", told)
    assert rate, told
    return float(rate[1]), _milliseconds(told, "50%"), _milliseconds(told, "99%")


def _milliseconds(told: str, share: str) -> float:
    found = re.search(rf"\s{share}\s+([\d.]+)(us|ms|s)", told)
    assert found, told
    return float(found[1]) * {"us": 0.001, "ms": 1, "s": 1000}[found[2]]


def measure(products: int, folder: Path) -> dict[str, Any]:
    """Everything about one size of catalogue."""
    rounds: dict[str, list[tuple[float, float, float, float]]] = {}
    with (
        served(products, "benchmarks.bare", folder / "bare.log") as (bare, _group),
        served(products, "shop_project.wsgi", folder / "warm.log") as (warm, group),
        served(products, "benchmarks.cold", folder / "cold.log") as (cold, _cold_group),
    ):
        wanted = {name: warm + path for name, path in PAGES.items()}
        wanted |= {f"{name}, nothing kept": cold + PAGES[name] for name in COLD}
        for _round in range(ROUNDS):
            limit = load(bare + "/")
            rounds.setdefault("bare", []).append((limit[0], 1.0, limit[1], limit[2]))
            for name, url in wanted.items():
                rate, p50, p99 = load(url)
                rounds.setdefault(name, []).append((rate, rate / limit[0], p50, p99))
        memory = max(_megabytes(group))
    pages = {
        name: asdict(Measured(*(statistics.median(column) for column in zip(*found, strict=True))))
        for name, found in rounds.items()
    }
    looked = json.loads(run(products, "shell", "-v0", "-c", "from benchmarks import queries; queries.tell()"))
    return {"products": products, "pages": pages, "memory": memory, "queries": looked}


def _megabytes(group: int) -> Iterator[float]:
    """What each worker of a process group holds in memory."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        fields = stat.read_text().rpartition(")")[2].split()
        if int(fields[2]) == group and int(fields[1]) == group:  # the workers, not their arbiter
            yield int(fields[21]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def main(sizes: Sequence[int]) -> None:
    told = []
    for products in sizes:
        print(f"{products:,} products: making the catalogue where it is missing", flush=True)
        prepare(products)
        with tempfile.TemporaryDirectory() as folder:
            told.append(measure(products, Path(folder)))
        print(report.table(told[-1]), flush=True)
    report.write(told, ROOT / "docs", rounds=ROUNDS, seconds=SECONDS, connections=CONNECTIONS)
    if slow := [problem for one in told for problem in one["queries"]["problems"]]:
        sys.exit("\n".join(["Queries that read a whole table:", *slow]))


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or SIZES)
