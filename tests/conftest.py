"""Leaves out tests whose servers are missing, and says so at the end. With CI=true a missing server is an error."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.utils import translation

from background import task
from shop import keeping, profile, stock
from shop.catalogue import facets

from .environment import AVAILABLE, POSTGRES, RABBITMQ, REDIS
from .orders.post import Post, post_office
from .staff import sign_in


def _address(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]


WHY_MISSING = {
    "postgres": f"nothing answers at {_address(POSTGRES)}",
    "rabbitmq": f"nothing answers at {_address(RABBITMQ)}",
    "redis": f"nothing answers at {_address(REDIS)}",
    "chromium": "no chromium or google-chrome on the path, and TEST_CHROMIUM is not set",
    "pdftotext": "no pdftotext on the path; it comes with poppler-utils",
    "pg_dump": "no pg_dump on the path; it comes with postgresql-client",
    "stripe_cli": "no stripe on the path, and TEST_STRIPE_CLI is not set",
}
CI = os.environ.get("CI", "").lower() in ("1", "true")
LEFT_OUT = pytest.StashKey[Counter[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[LEFT_OUT] = Counter()
    # The genuine hash takes a third of a second on purpose, and hundreds of tests make a user.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    missing = [name for name, available in AVAILABLE.items() if not available]
    if CI and missing:
        reasons = "; ".join(f"{name}: {WHY_MISSING[name]}" for name in missing)
        raise pytest.UsageError(f"CI runs every test, and servers are missing. {reasons}")


@pytest.hookimpl(trylast=True)  # after -m and -k have chosen
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = {item: missing for item in items if (missing := sorted(_missing(item)))}
    for missing in left_out.values():
        config.stash[LEFT_OUT].update([" and ".join(missing)])
    config.hook.pytest_deselected(items=list(left_out))
    items[:] = [item for item in items if item not in left_out]


def _missing(item: pytest.Item) -> Iterator[str]:
    for name in {name for mark in item.iter_markers("needs") for name in mark.args}:
        if name not in AVAILABLE:
            raise pytest.UsageError(f"{item.nodeid} needs {name!r}; known are {', '.join(AVAILABLE)}")
        if not AVAILABLE[name]:
            yield name


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A worker of xdist hands its counts to the main process; a run of which all was left out is no failure."""
    left_out = session.config.stash[LEFT_OUT]
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = dict(left_out)
    elif left_out and exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
        session.exitstatus = pytest.ExitCode.OK


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: pytest.Item, error: object) -> None:
    # Every worker collects the whole suite, so the counts of one are the counts of all.
    node.config.stash[LEFT_OUT] |= Counter(getattr(node, "workeroutput", {}).get("left_out", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if not config.stash[LEFT_OUT]:
        return
    terminalreporter.section("left out")
    for names, count in sorted(config.stash[LEFT_OUT].items()):
        reasons = "; ".join(WHY_MISSING[name] for name in names.split(" and "))
        terminalreporter.line(f"{count} {'test needs' if count == 1 else 'tests need'} {names} ({reasons})")


@pytest.fixture(autouse=True)
def nothing_is_kept() -> None:
    """What a process knows of the shop's profile and pages belongs to one test's database."""
    profile.forget()
    keeping.shelf.clear()
    facets._counted.cache_clear()


@pytest.fixture(autouse=True)
def the_language_is_the_shops() -> None:
    """A test that asked for a page in another language leaves it to the next one in its process."""
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture
def pages_are_drawn_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """No page is kept, for tests that look at what one is made of."""
    monkeypatch.setattr(keeping, "MOST", 0)
    monkeypatch.setattr(facets, "_counted", facets._counted.__wrapped__)


@pytest.fixture(autouse=True)
def _stock_is_explained(request: pytest.FixtureRequest) -> Iterator[None]:
    """After every test of what happens at once, the stock ledger explains the counters; see `stock_goes_wrong`."""
    database = request.node.get_closest_marker("django_db")
    if not (database and database.kwargs.get("transaction")):
        yield
        return
    request.getfixturevalue("transactional_db")  # the rows stay until this is done
    yield
    goes_wrong = request.node.get_closest_marker("stock_goes_wrong") is not None
    assert bool(stock.differences()) == goes_wrong


@pytest.fixture
def admin_client(admin_user: User) -> Client:
    """A superuser who has signed in with a second factor."""
    return sign_in(Client(), admin_user)


@pytest.fixture(scope="session")
def embedded_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """DATA_DIR of every `make run`, one after the other: loading the demo and its pictures takes long."""
    return tmp_path_factory.mktemp("embedded")


@pytest.fixture
def post(settings: Any) -> Iterator[Post]:
    """The shop's mail server, a real one."""
    with post_office() as post:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", post.port
        settings.STAFF_RECIPIENTS = ["staff@example.com"]
        yield post


@pytest.fixture
def nudges(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, object]]:
    """The nudges that commits would publish, as (task name, id); nothing reaches a broker."""
    handed_over: list[tuple[str, object]] = []
    monkeypatch.setattr(task.publisher, "put", lambda nudged, args: handed_over.append((nudged.name, *args)))
    monkeypatch.setattr(transaction, "on_commit", lambda function, **_options: function())
    return handed_over
