"""The genuine Stripe CLI, against the sandbox."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stripe

from .cli import Cli
from .conftest import Create
from .endpoint import Endpoint, eventually
from .process import Sandbox

pytestmark = pytest.mark.needs("stripe_cli")


@pytest.fixture
def cli(sandbox: Sandbox, tmp_path: Path) -> Cli:
    return Cli(sandbox, tmp_path)


@pytest.fixture
def listening(cli: Cli) -> Iterator[Endpoint]:
    """An endpoint that the sandbox does not know, reached through `stripe listen`."""
    with Endpoint() as behind, cli.listening(behind.url) as secret:
        behind.secret = secret
        yield behind


def test_listen_forwards_a_purchase_whose_signature_verifies(
    listening: Endpoint, create: Create, sandbox: Sandbox, client: stripe.StripeClient
) -> None:
    session = create()
    sandbox.pay(session.id)
    forwarded = listening.wait_for("checkout.session.completed")[0]
    assert forwarded.data.object["id"] == session.id
    listening.wait_for("charge.updated")
    assert len(listening.received) == 5

    def by_cli() -> list[dict[str, Any]]:
        event = next(event for event in sandbox.events() if event["id"] == forwarded.id)
        return [delivery for delivery in event["deliveries"] if delivery["endpoint"].startswith("cli:")]

    eventually(lambda: [delivery["state"] for delivery in by_cli()] == ["succeeded"])
    assert by_cli()[0]["attempts"][0]["answer"] == "thank you"


def test_events_resend_sends_it_again(
    listening: Endpoint, cli: Cli, create: Create, client: stripe.StripeClient
) -> None:
    client.v1.checkout.sessions.expire(create().id)
    first = listening.wait_for("checkout.session.expired")[0]
    assert first.id in cli.run("events", "resend", first.id)
    assert listening.wait_for("checkout.session.expired", times=2)[1].id == first.id


def test_trigger_makes_a_whole_purchase(cli: Cli, endpoint: Endpoint) -> None:
    assert "Trigger succeeded!" in cli.run("trigger", "checkout.session.completed")
    assert endpoint.wait_for("checkout.session.completed")[0].data.object["amount_total"] == 3000


def test_the_secret_can_be_asked_for_beforehand(cli: Cli) -> None:
    assert cli.run("listen", "--print-secret", "--skip-update").strip() == "whsec_sandbox"
