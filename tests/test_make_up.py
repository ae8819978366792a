"""`make up` decides who plays Stripe. A program called docker writes down what it is asked, in place of an engine."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCKER = """#!/bin/sh
echo "$* | secret=${STRIPE_WEBHOOK_SECRET:-}" >> "$ASKED"
case "$*" in
    *--environment) env | grep -E '^(PORT|STRIPE_)' ;;
    *--print-secret) echo whsec_from_the_cli ;;
esac
"""


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of what docker was asked, one line each. The shell has no Stripe key."""
    program = tmp_path / "docker"
    program.write_text(DOCKER)
    program.chmod(0o755)
    for name in [name for name in os.environ if name.startswith(("STRIPE_", "PORT"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("ASKED", str(tmp_path / "asked"))
    return tmp_path / "asked"


def make_up(asked: Path) -> tuple[list[str], str]:
    """What docker was asked to do, beside telling values, and what the terminal showed."""
    run = subprocess.run(["sh", "deploy/compose-up"], cwd=ROOT, check=True, capture_output=True, text=True)
    return [line for line in asked.read_text().splitlines() if "--environment" not in line], run.stdout


def test_without_a_key_the_sandbox_plays_stripe(asked: Path) -> None:
    lines, shown = make_up(asked)
    assert lines == ["compose up --build --detach --wait | secret="]
    assert "http://localhost:8000/" in shown


def test_with_a_key_the_cli_is_asked_for_its_secret_before_the_shop_starts(
    asked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STRIPE_SECRET_KEY", "sk_test_mine")
    lines, _ = make_up(asked)
    assert lines[0].startswith("compose --profile stripe run ")
    assert " stripe-cli listen --print-secret " in lines[0]
    assert lines[1:] == [
        "compose --profile stripe up --scale stripe-sandbox=0 --build --detach --wait | secret=whsec_from_the_cli"
    ]


def test_an_endpoint_of_ones_own_needs_no_cli(asked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIPE_SECRET_KEY", "sk_test_mine")
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", "whsec_mine")
    lines, _ = make_up(asked)
    assert lines == ["compose up --scale stripe-sandbox=0 --build --detach --wait | secret=whsec_mine"]
