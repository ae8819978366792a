"""One sandbox and one webhook endpoint for a run of these tests, forgotten between any two of them."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import stripe

from .cli import KEY
from .endpoint import Endpoint
from .process import Sandbox

Create = Callable[..., Any]  # a stripe.checkout.Session, whose nullable fields tests need not narrow


@pytest.fixture(scope="session")
def _endpoint() -> Iterator[Endpoint]:
    with Endpoint() as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def _sandbox(tmp_path_factory: pytest.TempPathFactory, _endpoint: Endpoint) -> Iterator[Sandbox]:
    with Sandbox(tmp_path_factory.mktemp("sandbox") / "stripe.sqlite3", forward_to=[_endpoint.url]) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(_sandbox: Sandbox, _endpoint: Endpoint) -> Sandbox:
    """A running sandbox that remembers nothing."""
    _sandbox.reset()
    _endpoint.forget()
    return _sandbox


@pytest.fixture
def endpoint(sandbox: Sandbox, _endpoint: Endpoint) -> Endpoint:
    """Where the sandbox sends its events."""
    return _endpoint


@pytest.fixture
def client(sandbox: Sandbox) -> stripe.StripeClient:
    """The genuine library, talking to the sandbox."""
    return client_of(sandbox)


@pytest.fixture
def create(client: stripe.StripeClient) -> Create:
    """Create a session: two bottles for 25.00 EUR, unless told otherwise."""

    def create(*, options: Any = None, **values: Any) -> Any:
        asked: Any = {**BOTTLES, **values}
        return client.v1.checkout.sessions.create(asked, options)

    return create


@pytest.fixture
def visitor() -> Iterator[httpx.Client]:
    """A browser that does not follow redirects, so that tests can look at them."""
    with httpx.Client(trust_env=False) as visitor:
        yield visitor


def client_of(sandbox: Sandbox, key: str = KEY, **options: Any) -> stripe.StripeClient:
    return stripe.StripeClient(key, base_addresses={"api": sandbox.url}, **options)


def line(
    amount: int = 1250, quantity: int = 2, *, currency: str = "eur", name: str = "Rioja Reserva"
) -> dict[str, Any]:
    price = {"currency": currency, "unit_amount": amount, "product_data": {"name": name}}
    return {"price_data": price, "quantity": quantity}


BOTTLES: Any = {
    "mode": "payment",
    "success_url": "http://shop.example/completed/?session_id={CHECKOUT_SESSION_ID}",
    "cancel_url": "http://shop.example/canceled/",
    "line_items": [line()],
}
CARD = {
    "email": "ada@example.com",
    "card_number": "4242 4242 4242 4242",
    "expiry": "12 / 34",
    "cvc": "123",
    "name": "Ada Lovelace",
}
