"""A shop to be broken, for each file of tests; and the table of what was broken and what came of it."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.services.stack import wait_for

from .shop import Audit, Shop

ROWS = pytest.StashKey[list[tuple[str, int, float]]]()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Real processes: web, worker, beat, Stripe sandbox; Postgres and RabbitMQ shared with others."""
    with Shop(tmp_path_factory.mktemp("chaos")) as running:
        wait_for(lambda: "ready" in running.log("worker"), seconds=180, what="the worker is ready")
        yield running


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Any:
    """Audit the shop, ask for nothing lost and nothing doubled, and add a line to the table."""

    def sound(shop: Shop, orders: int, seconds: float, *, doubled_mails: int = 0) -> None:
        found = shop.audit()
        request.config.stash.setdefault(ROWS, []).append((request.node.name, orders, seconds))
        assert found.doubled <= doubled_mails, found
        assert (found.lost, found.books) == (0, ""), found

    return sound


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    rows = config.stash.get(ROWS, [])
    if rows:
        terminalreporter.section("broken, and recovered unaided")
        terminalreporter.line(f"{'what':84} orders  seconds")
        for name, orders, seconds in rows:
            terminalreporter.line(f"{name:84} {orders:6}  {seconds:7.1f}")
        terminalreporter.line(f"{sum(row[1] for row in rows)} orders; none lost, none doubled, books equal: asserted")


__all__ = ["Audit", "report", "shop"]
