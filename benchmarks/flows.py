"""What shoppers' ways through the shop cost: into the cart, to the payment page, and many who want the same bottle.

The bare page (benchmarks/bare.py) is asked in turns with the first, and before and after the others. Web processes,
Postgres, RabbitMQ, the Stripe sandbox and the clients share the machine: what the last two take of it is measured, too.
No worker runs, so what orders leave to do waits in the queues.
"""

import http.client
import itertools
import json
import os
import random
import re
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

from tests.services.stack import Stack, wait_for

from . import cpu
from .pages import ROUNDS, SECONDS, Asked, Cost, Measured, Server, in_turns, load, median, prepare, served

CLIENTS = 4
PRODUCTS = 1_000
HOT = 1  # the variant that everybody wants
PLACED = 200  # orders of each client, a round
TIMES = 3  # as many rounds as of pages: not all flows can take turns with the bare page
WHO = {"full_name": "Kim Doe", "address1": "Main Street 1", "postcode": "10115", "city": "Berlin", "country": "DE"}
TOKEN = "b" * 32
ADDING = f"""
wrk.method, wrk.body = "POST", "quantity=1&csrfmiddlewaretoken={TOKEN}"
wrk.headers["Content-Type"], wrk.headers["Cookie"] = "application/x-www-form-urlencoded", "csrf={TOKEN}"
"""
PLACING = """
import json, time
from benchmarks.flows import place_many
print(json.dumps(place_many({orders}, {folder!r})))
"""
VALUE = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
numbers = itertools.count()


class Shop(Stack):
    """The shop with the catalogue of the pages' benchmark, and enough of one variant for everybody."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, web=2)
        self.sandbox.forward_to = []

    @property
    def environment(self) -> dict[str, str]:
        # Each shopper has an address of its own, as behind a proxy, and so limits of its own, as large as they are.
        return (
            super().environment
            | {"LOG_LEVEL": "ERROR", "TRUST_PROXY_HEADERS": "1", "CHECKOUTS_PER_VISITOR": "60"}
            | {"PGAPPNAME": "bench"}
        )

    def seed(self) -> None:
        fill = f"from benchmarks.catalogues import fill; fill({PRODUCTS})"
        more = f"from shop import stock; stock.adjust({HOT}, 10_000_000, reference='bench')"
        self.manage("shell", "-v0", "-c", f"{fill}; {more}; from cart import defaults; defaults.load()")

    def start_worker(self) -> None:
        """None: the flows alone are measured."""

    def sandbox_cpu(self) -> float:
        """The seconds of CPU that the Stripe sandbox has used so far."""
        return sum(cpu.of_command(str(self.sandbox.data)).values())

    @property
    def server(self) -> Server:
        return Server(self.url, self.process_group("web"), self._database_url(), "bench")


class Shopper:
    """A browser without scripts: remembers cookies, reads forms, follows no redirect by itself."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._cookies: dict[str, str] = {}
        self._address = ".".join(str(part) for part in (10, *random.randbytes(3)))  # limits are a visitor's own

    def ask(self, path: str, form: dict[str, str] | None = None) -> tuple[str, str]:
        """Where the answer leads, "" for a page, and the page. Raises AssertionError for an error."""
        headers = {"X-Forwarded-For": self._address}
        if self._cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = urlencode(form) if form is not None else None
        self._connection.request("GET" if form is None else "POST", path, body, headers)
        answer = self._connection.getresponse()
        text = answer.read().decode()
        assert answer.status < 400, f"{path}: {answer.status} {text[:300]}"
        for header in answer.headers.get_all("Set-Cookie", []):
            name, _sign, value = header.partition(";")[0].partition("=")
            self._cookies[name] = value
        return answer.headers.get("Location", ""), text

    def buy(self) -> None:
        """From the product's page to the payment page at Stripe, without opening that."""
        _to, page = self.ask("/product/product-77/")
        token = dict(VALUE.findall(page))["csrfmiddlewaretoken"]
        self.ask(f"/cart/add/{HOT}/", {"csrfmiddlewaretoken": token, "quantity": "1"})
        self.ask("/cart/")
        _to, page = self.ask("/orders/create/")
        form = dict(VALUE.findall(page)) | WHO
        form |= {"email": f"shopper{next(numbers)}@example.com", "age_confirmed": "18"}
        to, _page = self.ask("/orders/create/", form)
        assert to.startswith("/payment/process/"), to
        to, _page = self.ask(to, form)
        assert "/c/pay/" in to, to


class Placed(NamedTuple):
    """What a client has measured: when each order began and was placed, and milliseconds of CPU for all of them."""

    took: list[tuple[float, float]]
    python: float
    database: float


def place_many(orders: int, folder: str) -> Placed:
    """Fill carts with HOT, say so in `folder`, wait there for the start, and place an order of each."""
    from django.db import connection

    from orders.services import Customer, place_order, quote_for
    from shop.models import Variant
    from tests.checkout import ADDRESS, filled_cart

    variant = Variant.objects.select_related("product").get(pk=HOT)
    carts = [filled_cart(variant) for _order in range(orders)]
    agreed = quote_for(carts[0], ADDRESS).fingerprint
    backend = connection.connection.info.backend_pid
    took = []
    (Path(folder) / f"{os.getpid()}.ready").touch()
    while not (Path(folder) / "go").exists():
        time.sleep(0.001)
    python, database = time.process_time(), cpu.of_process(backend)
    for number, cart in enumerate(carts):
        began = time.time()
        customer = Customer(ADDRESS | {"email": f"{os.getpid()}-{number}@example.com"}, language="en")
        place_order(cart, customer, fingerprint=agreed)
        took.append((began, time.time()))
    return Placed(took, (time.process_time() - python) * 1000, (cpu.of_process(backend) - database) * 1000)


def added(shop: Shop, least: Asked) -> Measured:
    """Into the cart, each a visitor who has none, in turns with the bare page."""
    script = shop.folder / "add.lua"
    script.write_text(ADDING)
    adding = Asked(shop.server, f"/cart/add/{HOT}/", ("-s", str(script)))
    costs, cheapest = in_turns(adding, least)
    return load(adding, CLIENTS).costing(costs, cheapest)


def between(flow: Callable[[Shop], Measured], shop: Shop, least: Asked) -> Measured:
    """What takes no turns, with what the bare page costs before and after."""
    (before,), found, (after,) = in_turns(least), flow(shop), in_turns(least)
    return found.costing(Cost(found.web, found.database), Cost(*map(statistics.mean, zip(before, after, strict=True))))


def bought(shop: Shop) -> Measured:
    """Whole checkouts, one after the other in each of CLIENTS browsers."""
    end = time.monotonic() + SECONDS

    def shopping(_client: int) -> list[float]:
        took = []
        while time.monotonic() < end:
            began = time.perf_counter()
            Shopper(shop.port).buy()
            took.append(time.perf_counter() - began)
        return took

    (web, backends), clients, sandbox = shop.server.cpu(), time.process_time(), shop.sandbox_cpu()
    began = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        took = sorted(itertools.chain(*pool.map(shopping, range(CLIENTS))))
    rate = len(took) / (time.perf_counter() - began)
    web_after, backends_after = shop.server.cpu()
    each = 1000 / len(took)
    return Measured(
        rate,
        statistics.median(took) * 1000,
        p99=took[int(len(took) * 0.99)] * 1000,
        web=(web_after - web) * each,
        database=cpu.spent(backends, backends_after) * each,
        clients=(time.process_time() - clients) * each,
        sandbox=(shop.sandbox_cpu() - sandbox) * each,
    )


def placed(shop: Shop) -> Measured:
    """Orders of the same variant, by CLIENTS processes that call the service."""
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(CLIENTS) as pool:
        code = PLACING.format(orders=PLACED, folder=name)
        clients = [pool.submit(shop.manage, "shell", "-v0", "-c", code) for _client in range(CLIENTS)]
        wait_for(lambda: len(list(Path(name).glob("*.ready"))) == CLIENTS, seconds=120, what="the carts are full")
        (Path(name) / "go").touch()
        found = [Placed(*json.loads(client.result())) for client in clients]
    took = list(itertools.chain(*(one.took for one in found)))
    seconds = max(end for _began, end in took) - min(began for began, _end in took)
    each = sorted((end - began) * 1000 for began, end in took)
    return Measured(
        len(each) / seconds,
        statistics.median(each),
        p99=each[int(len(each) * 0.99)],
        web=sum(one.python for one in found) / len(each),
        database=sum(one.database for one in found) / len(each),
    )


FLOWS: dict[str, Callable[[Shop, Asked], Measured]] = {
    f"add to cart, {CLIENTS} clients": added,
    f"whole guest checkout, {CLIENTS} clients": partial(between, bought),
    f"place_order on one variant, {CLIENTS} processes": partial(between, placed),
}


def measure() -> dict[str, Measured]:
    """Medians of all rounds, by the flow's name."""
    prepare(PRODUCTS)
    rounds: dict[str, list[Measured]] = {}
    with ExitStack() as stack:
        shop = stack.enter_context(Shop(Path(stack.enter_context(tempfile.TemporaryDirectory()))))
        least = Asked(stack.enter_context(served(PRODUCTS, "benchmarks.bare", shop.folder / "bare.log")), "/")
        bought(shop)  # templates are read, connections made
        for _round in range(ROUNDS * TIMES):
            for title, flow in FLOWS.items():
                rounds.setdefault(title, []).append(flow(shop, least))
    return {title: median(found) for title, found in rounds.items()}
