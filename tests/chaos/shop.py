"""A shop to be broken, people who go on buying in it, and the audit of what came out."""

import re
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

import httpx
import psycopg2

from tests.services import leftovers, prepared
from tests.services.stack import Stack, wait_for

RECOVERY_SECONDS = 60
ADDRESS = {
    "email": "kim@example.com",
    "full_name": "Kim Doe",
    "address1": "Main Street 1",
    "postcode": "10115",
    "city": "Berlin",
    "country": "DE",
    "age_confirmed": "on",
}


@dataclass(frozen=True)
class Audit:
    """What is wrong; all zero is what every test here asks for."""

    lost: int  # paid at Stripe and not here, or without the receipt that is owed
    doubled: int  # payments, transitions, receipts beyond one
    books: str  # what the ledger of stock and the reconciler say, empty where they agree


class Shop(Stack):
    """A Stack whose worker can be told where to die, with beat in a process of its own."""

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {
            "CHAOS_FOLDER": str(self.folder),
            "SWEEP_SECONDS": "2",
            "HASHED_STATIC_FILES": "0",
            "STATIC_ROOT": str(prepared.folder() / "plain"),
        }

    def seed(self) -> None:
        """One wine, enough of it, and no pictures, whose drawing would take longer than the tests."""
        self.run(
            "from cart import defaults",
            "from tests.factories import VariantFactory",
            "defaults.load()",
            "VariantFactory(stock=10_000)",
        )

    def start_worker(self) -> None:
        self.start_only_worker()
        self.start_beat()

    def start_only_worker(self, name: str = "worker", *options: str) -> None:
        chosen = options or ("--concurrency", "2")
        self.spawn(name, "celery", "-A", "tests.chaos.worker", "worker", "-n", f"{name}@%h", "-l", "INFO", *chosen)

    def start_beat(self, name: str = "beat") -> None:
        schedule = str(self.folder / f"{name}-schedule")
        self.spawn(name, "celery", "-A", "tests.chaos.worker", "beat", "-l", "WARNING", "-s", schedule)

    def start_web(self) -> None:
        bind = ["--bind", f"127.0.0.1:{self.port}", "--workers", str(self.web)]
        self.spawn("web", "gunicorn", "shop_project.wsgi", *bind)

    def arm(self, point: str) -> None:
        """The next process of the worker that comes to this point dies there."""
        (self.folder / f"died-at-{point}").unlink(missing_ok=True)
        (self.folder / f"die-at-{point}").touch()

    def died(self, point: str) -> bool:
        return (self.folder / f"died-at-{point}").exists()

    def marks(self, name: str, number: int) -> int:
        """How often a task of tests/chaos/worker.py left its mark."""
        path = self.folder / f"{name}-{number}"
        return len(path.read_text()) or 1 if path.exists() else 0

    def nudge(self, name: str, *numbers: int) -> None:
        """Publish a task of tests/chaos/worker.py, once for each number."""
        lines = [f"app.tasks['{name}'].apply_async(args=({number},))" for number in numbers]
        self.run("from tests.chaos.worker import app", *lines)

    def run(self, *lines: str) -> str:
        """Run Python in the shop's own environment; what it prints."""
        return self.manage("shell", "-v0", "-c", "\n".join(lines))

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        return leftovers.sql(self._database_url(), statement)

    def buy(self, number: int = 1) -> list[str]:
        """Let so many people place an order and pay at Stripe; the ids of their sessions."""
        return [self._buy_one() for _buyer in range(number)]

    def _buy_one(self) -> str:
        session = self.go_to_pay()
        assert self.sandbox.pay(session)["state"] == "paid"
        return session

    def go_to_pay(self) -> str:
        """Place an order and go to the payment page; the id of the session there."""
        with httpx.Client(base_url=self.url, trust_env=False, timeout=40) as browser:
            answer = place(browser)
            answer = again(browser, answer)
        assert answer.status_code == 303, answer.text
        found = re.search(r"cs_test_\w+", answer.headers["location"])
        assert found
        return found[0]

    def audit(self) -> Audit:
        """Compare Stripe, the database and the mails."""
        paid = [session["id"] for session in self.sandbox.sessions() if session["payment_status"] == "paid"]
        known = dict(
            self.rows(
                "SELECT a.session_id, (o.status = 'paid')::int * (e.state = 'sent')::int FROM payment_checkoutattempt a"
                " JOIN orders_order o ON o.id = a.order_id"
                " JOIN orders_orderemail e ON e.order_id = o.id AND e.kind = 'receipt'"
            )
        )
        doubled = sum(
            number - 1
            for query in (
                "SELECT count(*) FROM payment_payment GROUP BY order_id HAVING count(*) > 1",
                "SELECT count(*) FROM orders_orderevent WHERE kind = 'paid' GROUP BY order_id HAVING count(*) > 1",
            )
            for (number,) in self.rows(query)
        )
        return Audit(sum(not known.get(session) for session in paid), doubled + self.doubled_receipts(), self._books())

    def doubled_receipts(self) -> int:
        ids = re.findall(r"^Message-ID: (\S*receipt\S*)", "\n".join(self.mails()), re.MULTILINE | re.IGNORECASE)
        return sum(number - 1 for number in Counter(ids).values())

    def _books(self) -> str:
        commands = [f"call_command('{name}')" for name in ("check_stock", "reconcile")]
        self.run("from django.core.management import call_command", *commands)
        [(unexplained, finished)] = self.rows(
            "SELECT unexplained_count, finished IS NOT NULL FROM payment_reconcilereport ORDER BY started DESC LIMIT 1"
        )
        return "" if finished and not unexplained else f"{unexplained} unexplained"

    def recover(self, sessions: list[str], *, seconds: float = RECOVERY_SECONDS) -> float:
        """Wait until every one of these sessions is a paid order whose receipt was sent; the seconds that it took."""
        started = time.monotonic()
        names = ", ".join(f"'{session}'" for session in sessions)
        query = (
            "SELECT count(*) FROM payment_checkoutattempt a"
            " JOIN orders_order o ON o.id = a.order_id AND o.status = 'paid'"
            " JOIN orders_orderemail e ON e.order_id = o.id AND e.kind = 'receipt' AND e.state = 'sent'"
            f" WHERE a.session_id IN ({names})"
        )

        def all_there() -> bool:
            try:
                return self.rows(query) == [(len(sessions),)]
            except psycopg2.OperationalError:  # the database is what was broken
                return False

        wait_for(all_there, seconds=seconds, what=f"{len(sessions)} paid orders with their receipts")
        return time.monotonic() - started


def fields_of(form: str) -> dict[str, str]:
    """The hidden fields of a form, and what is chosen in it already."""
    found = {}
    for tag in re.findall(r"<input\b[^>]*>", form):
        parts = dict(re.findall(r'\b(name|value|type)="([^"]*)"', tag))
        if parts.get("type") == "hidden" or ("checked" in tag and parts.get("type") == "radio"):
            found[parts["name"]] = parts.get("value", "")
    return found


def place(browser: httpx.Client) -> httpx.Response:
    """Put a bottle into the cart and submit the checkout form; the redirect to where the payment starts."""
    return browser.post("/orders/create/", data=checkout_form(browser))


def checkout_form(browser: httpx.Client) -> dict[str, str]:
    """Put a bottle into the cart, and fill in the checkout form."""
    cards = browser.get("/").text.split("<article")[1:]
    address = next(re.search(r'href="(/product/[^"]+)"', card)[1] for card in cards if "Sold out" not in card)  # type: ignore[index]
    product = browser.get(address).text
    add = re.search(r'<form[^>]*action="(/cart/add/\d+/)".*?</form>', product, re.DOTALL)
    assert add
    browser.post(add[1], data=fields_of(add[0]))
    page = browser.get("/orders/create/").text
    form = max(re.findall(r"<form\b.*?</form>", page, re.DOTALL), key=len)
    return fields_of(form) | ADDRESS


def again(browser: httpx.Client, answer: httpx.Response) -> httpx.Response:
    """What a browser does with a 307: the same POST, elsewhere."""
    assert answer.status_code == 307, re.sub(r"\s+", " ", answer.text)[:3000]
    page = browser.get("/orders/create/").text
    token = re.search(r'name="csrfmiddlewaretoken"\s+value="([^"]+)"', page)
    assert token
    return browser.post(answer.headers["location"], data={"csrfmiddlewaretoken": token[1]})
