"""A Stripe sandbox for the payment tests: one process per test run, emptied before each test."""

from collections.abc import Iterator
from typing import Any

import pytest

from cart import defaults
from tests.stripe_sandbox.process import Sandbox


@pytest.fixture(scope="session")
def _sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox(tmp_path_factory.mktemp("stripe") / "stripe.sqlite3") as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(_sandbox_process: Sandbox, settings: Any) -> Sandbox:
    """Stripe, as the shop of this test sees it. Its events are fetched and posted by hand: see `deliver`."""
    _sandbox_process.reset()
    settings.STRIPE_API_BASE = _sandbox_process.url
    return _sandbox_process


@pytest.fixture
def rules(db: None) -> None:
    """Shipping and tax, so that carts can become orders."""
    defaults.load()
