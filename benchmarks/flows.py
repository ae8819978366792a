"""What shoppers' ways through the shop cost: into the cart, to the payment page, and many who want the same bottle.

The bare page (benchmarks/bare.py) is asked in turns, as for pages. Web processes, Postgres, RabbitMQ, the Stripe
sandbox and the clients share the machine; no worker runs, so what orders leave to do waits in the queues.
"""

import http.client
import itertools
import json
import os
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.services.stack import Stack, wait_for

from .pages import ROUNDS, SECONDS, Measured, Server, load, median, prepare, served

CLIENTS = 4
PRODUCTS = 1_000
HOT = 1  # the variant that everybody wants
PLACED = 200  # orders of each client, a round
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
VALUE = re.compile(r'<input type="hidden"[^>]*?name="(\w+)"[^>]*?value="([^"]*)"')
COOKIE = re.compile(r"(\w+)=([^;]+)")
numbers = itertools.count()


class Shop(Stack):
    """The shop with the catalogue of the pages' benchmark, and enough of one variant for everybody."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, web=2)
        self.sandbox.forward_to = []

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {"LOG_LEVEL": "ERROR"}

    def seed(self) -> None:
        fill = f"from benchmarks.catalogues import fill; fill({PRODUCTS})"
        more = f"from shop import stock; stock.adjust({HOT}, 10_000_000, reference='bench')"
        self.manage("shell", "-v0", "-c", f"{fill}; {more}; from cart import defaults; defaults.load()")

    def start_worker(self) -> None:
        """None: the flows alone are measured."""

    @property
    def server(self) -> Server:
        return Server(self.url, self.process_group("web"), self.name)


class Shopper:
    """A browser without scripts: remembers cookies, reads forms, follows no redirect by itself."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._cookies: dict[str, str] = {}

    def ask(self, path: str, form: dict[str, str] | None = None) -> tuple[str, dict[str, str]]:
        """Where the answer leads, "" for a page, and what its hidden fields say. Raises AssertionError for an error."""
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        headers = {"Cookie": cookies} if cookies else {}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = urlencode(form) if form is not None else None
        self._connection.request("GET" if form is None else "POST", path, body, headers)
        answer = self._connection.getresponse()
        text = answer.read().decode()
        assert answer.status < 400, f"{path}: {answer.status} {text[:300]}"
        for header in answer.headers.get_all("Set-Cookie", []):
            name, value = COOKIE.match(header).groups()  # type: ignore[union-attr]
            self._cookies[name] = value
        return answer.headers.get("Location", ""), dict(VALUE.findall(text))

    def buy(self) -> None:
        """From the product's page to the payment page at Stripe, without opening that."""
        _to, fields = self.ask("/product/product-77/")
        token = {"csrfmiddlewaretoken": fields["csrfmiddlewaretoken"]}
        self.ask(f"/cart/add/{HOT}/", token | {"quantity": "1"})
        self.ask("/cart/")
        _to, fields = self.ask("/orders/create/")
        address = WHO | {"email": f"shopper{next(numbers)}@example.com", "age_confirmed": "18"}
        to, _fields = self.ask("/orders/create/", fields | address)
        assert to.startswith("/payment/process/"), to
        to, _fields = self.ask(to, fields | address)
        assert "/c/pay/" in to, to


def place_many(orders: int, folder: str) -> list[tuple[float, float]]:
    """Fill carts with HOT, say so in `folder`, wait there for the start, and place an order of each; when each was."""
    from orders.services import Customer, place_order, quote_for
    from shop.models import Variant
    from tests.checkout import ADDRESS, filled_cart

    variant = Variant.objects.select_related("product").get(pk=HOT)
    carts = [filled_cart(variant) for _order in range(orders)]
    agreed = quote_for(carts[0], ADDRESS).fingerprint
    took = []
    (Path(folder) / f"{os.getpid()}.ready").touch()
    while not (Path(folder) / "go").exists():
        time.sleep(0.001)
    for number, cart in enumerate(carts):
        began = time.time()
        customer = Customer(ADDRESS | {"email": f"{os.getpid()}-{number}@example.com"}, language="en")
        place_order(cart, customer, fingerprint=agreed)
        took.append((began, time.time()))
    return took


def added(shop: Shop) -> Measured:
    """Into the cart, each a visitor who has none."""
    script = shop.folder / "add.lua"
    script.write_text(ADDING)
    return load(shop.server, f"/cart/add/{HOT}/", "-s", str(script), connections=CLIENTS)


def bought(shop: Shop) -> Measured:
    """Whole checkouts, one after the other in each of CLIENTS browsers."""
    end = time.monotonic() + SECONDS

    def shopping(_client: int) -> Iterator[float]:
        while time.monotonic() < end:
            began = time.perf_counter()
            Shopper(shop.port).buy()
            yield time.perf_counter() - began

    return _counted(shop, lambda: list(itertools.chain(*_at_once(lambda client: list(shopping(client))))))


def placed(shop: Shop) -> Measured:
    """Orders of the same variant, by CLIENTS processes that call the service."""
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(CLIENTS) as pool:
        code = PLACING.format(orders=PLACED, folder=name)
        clients = [pool.submit(shop.manage, "shell", "-v0", "-c", code) for _client in range(CLIENTS)]
        wait_for(lambda: len(list(Path(name).glob("*.ready"))) == CLIENTS, seconds=120, what="the carts are full")
        (Path(name) / "go").touch()
        took = list(itertools.chain(*(json.loads(client.result()) for client in clients)))
    seconds = max(end for _began, end in took) - min(began for began, _end in took)
    each = sorted((end - began) * 1000 for began, end in took)
    p99 = each[int(len(each) * 0.99)]
    return Measured(len(each) / seconds, statistics.median(each), p99, web=0, database=0)


def _at_once(work: Callable[[int], Any]) -> list[Any]:
    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(work, range(CLIENTS)))


def _counted(shop: Shop, work: Callable[[], list[float]]) -> Measured:
    web, backends = shop.server.cpu()
    began = time.perf_counter()
    took = sorted(work())
    rate = len(took) / (time.perf_counter() - began)
    web_after, backends_after = shop.server.cpu()
    database = _used(backends, backends_after)
    each = 1000 / len(took)
    p99 = took[int(len(took) * 0.99)] * 1000
    return Measured(rate, statistics.median(took) * 1000, p99, web=(web_after - web) * each, database=database * each)


def _used(before: dict[int, float], after: dict[int, float]) -> float:
    return sum(seconds - before.get(pid, 0) for pid, seconds in after.items())


FLOWS = {
    f"add to cart, {CLIENTS} clients": added,
    f"whole guest checkout, {CLIENTS} clients": bought,
    f"place_order on one variant, {CLIENTS} processes": placed,
}


def measure() -> dict[str, Measured]:
    """Medians of all rounds, by the flow's name."""
    prepare(PRODUCTS)
    rounds: dict[str, list[Measured]] = {}
    with ExitStack() as stack:
        shop = stack.enter_context(Shop(Path(stack.enter_context(tempfile.TemporaryDirectory()))))
        bare = stack.enter_context(served(PRODUCTS, "benchmarks.bare", shop.folder / "bare.log"))
        for flow in (added, bought):
            flow(shop)  # templates are read, connections made
        for _round in range(ROUNDS):
            least = load(bare, "/")
            for title, flow in FLOWS.items():
                found = flow(shop)
                rounds.setdefault(title, []).append(replace(found, ratio=least.cpu / found.cpu if found.cpu else 0))
    return {title: median(found) for title, found in rounds.items()}
