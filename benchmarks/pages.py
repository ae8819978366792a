"""What the shop's pages cost beside a bare Django page, with a thousand products and with a million.

Each catalogue is made once and kept in a database of its own. Served as gunicorn.conf.py says; each page takes turns of
a tenth of a second with the bare page, and the medians of all rounds count.
"""

import json
import os
import re
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, astuple, dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx
import psycopg2

from tests.environment import POSTGRES
from tests.ports import free_port

from . import cpu

ROOT = Path(__file__).resolve().parents[1]
ROUNDS, SECONDS = int(os.environ.get("BENCH_ROUNDS", "5")), int(os.environ.get("BENCH_SECONDS", "1"))
CONNECTIONS, TRIES = 8, 5
TURN, IN_TURN = 0.1, 4  # seconds, and connections of each that take turns
# A connection that is kept stays with one process, and what a page costs depends on how many the other one has.
EACH_ANEW = ("-H", "Connection: close")
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
COMPRESSED = ("list", "product")  # measured as browsers ask for them, too
GZIP = ("-H", "Accept-Encoding: gzip")
DRAWN = ("list", "category", "search", "product")  # measured as they are drawn, too


@dataclass(frozen=True)
class Measured:
    """Medians of all rounds: requests a second, milliseconds, and what a request costs.

    `web` and `database` are milliseconds of CPU, as are `clients` and `sandbox`, which are none of the shop's. `ratio`
    is what the bare page costs at the same time over what this one costs: how many times as many of them the same cores
    could serve. Of wall-clock time that is true only where nobody else uses the machine.
    """

    rate: float
    p50: float
    p99: float
    web: float
    database: float
    ratio: float = 1.0
    clients: float = 0.0
    sandbox: float = 0.0

    def costing(self, costs: "Cost", least: "Cost") -> "Measured":
        """The same with these costs, and what the bare page cost meanwhile."""
        return replace(self, web=costs.web, database=costs.database, ratio=sum(least) / sum(costs))


@dataclass(frozen=True)
class Server:
    """A server that answers at `url`, the group of its processes, and how its connections to a database are named."""

    url: str
    group: int
    database: str
    name: str

    def cpu(self) -> tuple[float, cpu.Seconds]:
        """The seconds of CPU that its processes have used so far, and of each Postgres process that works for it."""
        return sum(cpu.of_group(self.group).values()), cpu.of_backends(self.database, self.name)


class Asked(NamedTuple):
    """A page, and what wrk has to say to get it."""

    server: Server
    path: str
    options: Sequence[str] = ()


class Cost(NamedTuple):
    """Milliseconds of CPU that a request takes."""

    web: float
    database: float


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
        "MALLOC_ARENA_MAX": "2",  # as in the image
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


@contextmanager
def served(products: int, application: str, log: Path) -> Iterator[Server]:
    """The application as production serves it."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", application, f"--bind=127.0.0.1:{port}"]
    named = environment(products) | {"PGAPPNAME": application}
    with log.open("ab") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=named, stdout=output, stderr=output, start_new_session=True)
    try:
        _wait_until_it_answers(f"http://127.0.0.1:{port}/", process)
        yield Server(f"http://127.0.0.1:{port}", process.pid, address(products), application)
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


def load(asked: Asked, connections: int = CONNECTIONS) -> Measured:
    """Ask for a page as often as the server answers. Raises for any answer that is no page, and where none comes."""
    for _try in range(TRIES):
        (web, backends), clients = asked.server.cpu(), _of_children()
        told = _told(_asking(asked, connections, SECONDS))
        web_after, backends_after = asked.server.cpu()
        if requests := _requests(told):  # none within the time: somebody else has the machine
            each = 1000 / requests
            rate, p50, p99 = _rate(told), _milliseconds(told, "50%"), _milliseconds(told, "99%")
            costs = {"web": (web_after - web) * each, "database": cpu.spent(backends, backends_after) * each}
            return Measured(rate, p50, p99, **costs, clients=(_of_children() - clients) * each)
    raise AssertionError(f"no answer within {SECONDS} s, {TRIES} times: {asked.path}")


def in_turns(*asked: Asked) -> list[Cost]:
    """What pages cost that take turns for SECONDS each: whatever else the machine does, it does to all alike."""
    seconds = SECONDS * len(asked)
    before = [one.server.cpu() for one in asked]
    clients = [_asking(one._replace(options=[*one.options, *EACH_ANEW]), IN_TURN, seconds) for one in asked]
    for turn in range(int(seconds / TURN)):
        for number, client in enumerate(clients):
            client.send_signal(signal.SIGCONT if number == turn % len(clients) else signal.SIGSTOP)
        time.sleep(TURN)
    for client in clients:
        client.send_signal(signal.SIGCONT)
    requests = [_requests(_told(client)) for client in clients]
    assert all(requests), f"no answer within {seconds} s: {asked}"
    after = [one.server.cpu() for one in asked]
    return [
        Cost((web_after - web) * 1000 / number, cpu.spent(backends, backends_after) * 1000 / number)
        for (web, backends), (web_after, backends_after), number in zip(before, after, requests, strict=True)
    ]


def _asking(asked: Asked, connections: int, seconds: int) -> "subprocess.Popen[str]":
    how = ["-t2", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", "--latency", *asked.options]
    command = ["wrk", *how, asked.server.url + asked.path]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _told(client: "subprocess.Popen[str]") -> str:
    told, _errors = client.communicate()
    assert not client.returncode, told
    assert "Non-2xx" not in told, told
    return told


def _requests(told: str) -> int:
    found = re.search(r"(\d+) requests in", told)
    return int(found[1]) if found else 0


def _rate(told: str) -> float:
    found = re.search(r"Requests/sec:\s+([\d.]+)", told)
    assert found, told
    return float(found[1])


def _of_children() -> float:
    """The seconds of CPU that ended processes of ours have used, wrk among them."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def median(found: Sequence[Measured]) -> Measured:
    """Of each figure by itself."""
    return Measured(*(statistics.median(column) for column in zip(*map(astuple, found), strict=True)))


def _milliseconds(told: str, share: str) -> float:
    found = re.search(rf"\s{share}\s+([\d.]+)(us|ms|s)", told)
    assert found, told
    return float(found[1]) * {"us": 0.001, "ms": 1, "s": 1000}[found[2]]


def measure(products: int, folder: Path) -> dict[str, Any]:
    """Everything about one size of catalogue."""
    rounds: dict[str, list[Measured]] = {}
    with (
        served(products, "benchmarks.bare", folder / "bare.log") as bare,
        served(products, "shop_project.wsgi", folder / "kept.log") as kept,
        served(products, "benchmarks.cold", folder / "cold.log") as cold,
        served(products, "benchmarks.changed", folder / "changed.log") as changed,
    ):
        least = Asked(bare, "/")
        wanted = {name: Asked(kept, path) for name, path in PAGES.items()}
        wanted |= {f"{name}, compressed": Asked(kept, PAGES[name], GZIP) for name in COMPRESSED}
        wanted |= {f"{name}, new version": Asked(changed, PAGES[name]) for name in DRAWN}
        wanted |= {f"{name}, nothing kept": Asked(cold, PAGES[name]) for name in DRAWN}
        for asked in (least, *(Asked(server, PAGES["list"]) for server in (kept, changed, cold))):
            load(asked)  # connections are made, templates read
        for _round in range(ROUNDS):
            alone = load(least)
            for name, asked in wanted.items():
                costs, cheapest = in_turns(asked, least)
                rounds.setdefault("bare", []).append(alone.costing(cheapest, cheapest))
                rounds.setdefault(name, []).append(load(asked).costing(costs, cheapest))
        memory = megabytes(kept.group)
    pages = {name: asdict(median(found)) for name, found in rounds.items()}
    looked = json.loads(run(products, "shell", "-v0", "-c", "from benchmarks import queries; queries.tell()"))
    return {"products": products, "pages": pages, "memory": memory, "queries": looked}


def megabytes(group: int) -> dict[str, float]:
    """What the largest of the processes that serve holds in memory, and what all of a group hold, shared parts once."""
    processes = list(cpu.of_group(group))
    largest = max(_kilobytes(process, "Rss") for process in processes if process != group)
    together = sum(_kilobytes(process, "Pss") for process in processes)
    return {"largest": largest * 0.001024, "together": together * 0.001024}


def _kilobytes(process: int, name: str) -> int:
    found = re.search(rf"^{name}: +(\d+)", Path(f"/proc/{process}/smaps_rollup").read_text(), re.MULTILINE)
    assert found, name
    return int(found[1])
