"""A Stripe sandbox for the payment tests: one process per test run, emptied before each test."""

from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
from django.conf import settings as django_settings

from cart import defaults
from payment import gateway
from payment.bulkhead import Bulkhead
from tests.stripe_sandbox.process import Sandbox

hypothesis.settings.register_profile("books", max_examples=1000)  # for `make books`
hypothesis.settings.register_profile("totals", max_examples=1000)  # for `make totals`


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


@pytest.fixture(autouse=True)
def _open_door(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bulkhead that remembers nothing of the time-outs of the test before."""
    monkeypatch.setattr(gateway, "_web", Bulkhead(django_settings.STRIPE_PLACES))


@pytest.fixture
def rules(db: None) -> None:
    """Shipping and tax, so that carts can become orders."""
    defaults.load()
