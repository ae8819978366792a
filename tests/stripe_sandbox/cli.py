"""The genuine Stripe CLI as a process, for tests."""

import os
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.environment import STRIPE_CLI

from .process import Sandbox

READY_SECONDS = 30
KEY = "sk_test_sandbox0000000000000000"


class Cli:
    """Runs the CLI with a home of its own."""

    def __init__(self, sandbox: Sandbox, home: Path) -> None:
        self._program = STRIPE_CLI
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

    @contextmanager
    def listening(self, address: str) -> Iterator[str]:
        """Run `stripe listen` that forwards everything to the address; gives the secret it prints."""
        process = self._start("listen", "--all-snapshot", "--skip-update", "--forward-to", address)
        assert process.stdout is not None
        deadline = threading.Timer(READY_SECONDS, process.kill)
        deadline.start()
        try:
            ready = next((printed for printed in process.stdout if "Ready!" in printed), "")
            secret = re.search(r"whsec_\w+", ready)
            deadline.cancel()
            assert secret is not None, f"the CLI did not get ready: {ready!r}"
            yield secret[0]
        finally:
            process.terminate()
            process.communicate(timeout=10)

    def _start(self, *words: str) -> "subprocess.Popen[str]":
        command = [self._program, *words, *self._options]
        both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        return subprocess.Popen(command, env=self._environment, text=True, **both)  # type: ignore[call-overload]
