"""How the sandbox is told what to do at its start."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from stripe_sandbox.config import read_config

from .conftest import BOTTLES, client_of
from .process import ROOT, Sandbox


def test_the_defaults_suit_a_developer() -> None:
    config = read_config([], {})
    assert (config.host, config.port, config.forward_to, config.webhook_secrets) == (
        "127.0.0.1",
        8420,
        [],
        ["whsec_sandbox"],
    )


def test_the_environment_says_everything_the_command_line_can() -> None:
    config = read_config(
        [],
        {
            "STRIPE_SANDBOX_HOST": "0.0.0.0",  # noqa: S104 - only read
            "STRIPE_SANDBOX_PORT": "9000",
            "STRIPE_SANDBOX_DATA": "/data/stripe.sqlite3",
            "STRIPE_SANDBOX_PUBLIC_URL": "http://localhost:9000/",
            "STRIPE_SANDBOX_FORWARD_TO": "http://web:8000/payment/webhook/, http://other:1/",
            "STRIPE_SANDBOX_WEBHOOK_SECRET": "whsec_a,whsec_b",
            "STRIPE_SANDBOX_SEED": "7",
        },
    )
    assert (config.port, config.data, config.public_url) == (
        9000,
        Path("/data/stripe.sqlite3"),
        "http://localhost:9000",
    )
    assert config.forward_to == ["http://web:8000/payment/webhook/", "http://other:1/"]
    assert (config.webhook_secrets, config.seed) == (["whsec_a", "whsec_b"], 7)


def test_the_command_line_wins_and_repeats() -> None:
    words = ["--port", "1", "--forward-to", "http://a/", "--forward-to", "http://b/", "--webhook-secret", "whsec_c"]
    config = read_config(words, {"STRIPE_SANDBOX_PORT": "2", "STRIPE_SANDBOX_FORWARD_TO": "http://c/"})
    assert (config.port, config.forward_to, config.webhook_secrets) == (1, ["http://a/", "http://b/"], ["whsec_c"])


@pytest.mark.parametrize(("environment", "port"), [({"SANDBOX_PORT": "8500"}, 8500), ({"SANDBOX_PORT": ""}, 8420)])
def test_the_port_can_come_from_the_shops_settings(environment: dict[str, str], port: int) -> None:
    assert read_config([], environment).port == port


def test_a_taken_port_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        command = [
            sys.executable,
            "-m",
            "stripe_sandbox",
            "--port",
            str(taken.getsockname()[1]),
            "--data",
            str(tmp_path / "a"),
        ]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert "cannot listen on 127.0.0.1" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_payment_pages_are_where_browsers_are_told_to_look(tmp_path: Path) -> None:
    public = {"STRIPE_SANDBOX_PUBLIC_URL": "http://pay.localhost:8420"}
    with Sandbox(tmp_path / "public.sqlite3", environment=public) as sandbox:
        session = client_of(sandbox).v1.checkout.sessions.create(BOTTLES)
        assert session.url == f"http://pay.localhost:8420/c/pay/{session.id}"
