"""The genuine Stripe CLI, against the sandbox."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import stripe

from .conftest import CLI, CLI_HOME, CLI_VERSION, KEY, Create
from .endpoint import Endpoint
from .process import Sandbox

pytestmark = pytest.mark.needs("stripe_cli")


class Cli:
    """Runs the CLI with a home of its own."""

    def __init__(self, program: str, sandbox: Sandbox, home: Path) -> None:
        self._program = program
        self._options = ["--api-base", sandbox.url, "--api-key", KEY]
        self._environment = {
            **os.environ,
            "XDG_CONFIG_HOME": str(home),
            "HOME": str(home),
            "STRIPE_CLI_TELEMETRY_OPTOUT": "1",
        }

    def run(self, *words: str) -> str:
        command = [self._program, *words, *self._options]
        done = subprocess.run(command, env=self._environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self, *words: str) -> "subprocess.Popen[str]":
        command = [self._program, *words, *self._options]
        both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        return subprocess.Popen(command, env=self._environment, text=True, **both)  # type: ignore[call-overload]


@pytest.fixture
def cli(sandbox: Sandbox, tmp_path: Path) -> Cli:
    return Cli(CLI or installed(), sandbox, tmp_path)


def installed() -> str:
    """The CLI from npm, installed once for this machine."""
    if not CLI_HOME.exists():
        command = [
            "npm",
            "install",
            "--no-save",
            "--no-fund",
            "--no-audit",
            "--prefix",
            str(CLI_HOME),
            f"@stripe/cli@{CLI_VERSION}",
        ]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
    return str(next(CLI_HOME.glob("node_modules/@stripe/cli-*/bin/stripe")))


@pytest.fixture
def listening(cli: Cli) -> Iterator[Endpoint]:
    """An endpoint that the sandbox does not know, reached through `stripe listen`."""
    with Endpoint() as behind:
        process = cli.start("listen", "--all-snapshot", "--skip-update", "--forward-to", behind.url)
        assert process.stdout is not None
        for printed in process.stdout:
            if "Ready!" in printed:
                break
        else:
            pytest.fail("the CLI did not get ready")
        secret = re.search(r"whsec_\w+", printed)
        assert secret is not None
        behind.secret = secret[0]
        yield behind
        process.terminate()
        process.communicate(timeout=10)


def test_listen_forwards_a_purchase_whose_signature_verifies(
    listening: Endpoint, create: Create, sandbox: Sandbox, client: stripe.StripeClient
) -> None:
    session = create()
    sandbox.pay(session.id)
    forwarded = listening.wait_for("checkout.session.completed")[0]
    assert forwarded.data.object["id"] == session.id
    listening.wait_for("charge.updated")
    assert len(listening.received) == 5
    event = next(event for event in sandbox.events() if event["id"] == forwarded.id)
    by_cli = next(delivery for delivery in event["deliveries"] if delivery["endpoint"].startswith("cli:"))
    assert (by_cli["state"], by_cli["attempts"][0]["answer"]) == ("succeeded", "thank you")


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
