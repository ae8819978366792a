"""What the sandbox is told at its start, from the command line or the environment."""

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

API_VERSION = "2026-10-28.endive"


@dataclass
class Config:
    """Settings of one running sandbox. `public_url` is where browsers reach its pages."""

    host: str = "127.0.0.1"
    port: int = 8420
    data: Path = Path("stripe_sandbox.sqlite3")
    public_url: str = ""
    forward_to: list[str] = field(default_factory=list)
    webhook_secrets: list[str] = field(default_factory=lambda: ["whsec_sandbox"])
    seed: int = 0


def _words(value: str) -> list[str]:
    return [word.strip() for word in value.split(",") if word.strip()]


def read_config(argv: Sequence[str], environment: Mapping[str, str] = os.environ) -> Config:
    """Read the options; the command line wins over the environment, the environment over the defaults."""
    env = environment.get
    parser = argparse.ArgumentParser(
        prog="python -m stripe_sandbox", description="A local Stripe for development and tests."
    )
    parser.add_argument("--host", default=env("STRIPE_SANDBOX_HOST", "127.0.0.1"))
    parser.add_argument(
        "--port", type=int, default=env("STRIPE_SANDBOX_PORT") or env("SANDBOX_PORT") or 8420, help="0 picks a free one"
    )
    parser.add_argument(
        "--data", type=Path, default=env("STRIPE_SANDBOX_DATA", "stripe_sandbox.sqlite3"), help="the SQLite file"
    )
    parser.add_argument(
        "--public-url", default=env("STRIPE_SANDBOX_PUBLIC_URL", ""), help="where browsers reach the payment page"
    )
    parser.add_argument("--forward-to", action="append", metavar="URL", help="a webhook endpoint; may be repeated")
    parser.add_argument("--webhook-secret", action="append", metavar="SECRET", help="signs deliveries; may be repeated")
    parser.add_argument(
        "--seed", type=int, default=env("STRIPE_SANDBOX_SEED") or 0, help="of the random part of faults"
    )
    options = parser.parse_args(argv)
    return Config(
        host=options.host,
        port=options.port,
        data=options.data,
        public_url=options.public_url.rstrip("/"),
        forward_to=options.forward_to or _words(env("STRIPE_SANDBOX_FORWARD_TO", "")),
        webhook_secrets=options.webhook_secret or _words(env("STRIPE_SANDBOX_WEBHOOK_SECRET", "")) or ["whsec_sandbox"],
        seed=options.seed,
    )
