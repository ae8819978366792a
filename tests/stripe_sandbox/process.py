"""A Stripe sandbox in a process of its own, for the tests of whoever needs one."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[2]
VISA, DECLINED, DISPUTED, NEEDS_3DS = "4242424242424242", "4000000000000002", "4000000000000259", "4000002500003155"


class Sandbox:
    """Start, stop, restart and steer one sandbox.

    `data` is its SQLite file; keep it to let a restart remember. `forward_to` are the webhook endpoints. After `start`,
    `url` is both the API base for the stripe library and where browsers reach the hosted page. Use it as a context
    manager, or call `stop` yourself.
    """

    def __init__(
        self,
        data: Path,
        *,
        forward_to: Iterable[str] = (),
        secrets: Iterable[str] = ("whsec_sandbox",),
        port: int = 0,
        environment: dict[str, str] | None = None,
    ) -> None:
        self.data, self.forward_to, self.secrets = Path(data), list(forward_to), list(secrets)
        self.port, self.environment = port, environment or {}
        self.url = ""
        self._process: subprocess.Popen[str] | None = None
        self._http = httpx.Client(timeout=30, trust_env=False)

    def start(self) -> "Sandbox":
        """Start and wait until it answers. The port of the first start is kept by later ones."""
        command = [sys.executable, "-m", "stripe_sandbox", "--port", str(self.port), "--data", str(self.data)]
        for endpoint in self.forward_to:
            command += ["--forward-to", endpoint]
        for secret in self.secrets:
            command += ["--webhook-secret", secret]
        clean = {name: value for name, value in os.environ.items() if not name.startswith("STRIPE_SANDBOX_")}
        self._process = subprocess.Popen(
            command, cwd=ROOT, env={**clean, **self.environment}, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if "listening on " not in line:
            raise RuntimeError(f"The sandbox did not start: {line!r}, exit code {self._process.wait(5)}")
        self.url = line.split("listening on ")[1].strip()
        self.port = int(self.url.rsplit(":", 1)[1])
        self._http.get(f"{self.url}/_sandbox/healthz").raise_for_status()
        return self

    def stop(self, *, kill: bool = False) -> None:
        """Stop politely, or with `kill` as a crash would. A second call does nothing."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
        if self._process.stdout:
            self._process.stdout.close()
        self._process = None

    def restart(self, *, kill: bool = False) -> "Sandbox":
        """Stop and start on the same port and data."""
        self.stop(kill=kill)
        return self.start()

    def __enter__(self) -> "Sandbox":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._http.close()

    # The control API; see stripe_sandbox/README.md.

    def control(self, verb: str, path: str, /, **body: Any) -> Any:
        """One call to `/_sandbox/<path>`; raises httpx.HTTPStatusError for a refusal."""
        response = self._http.request(verb, f"{self.url}/_sandbox/{path}", json=body if verb == "POST" else None)
        response.raise_for_status()
        return response.json()

    def reset(self, **options: Any) -> None:
        """Forget everything, faults included."""
        self.control("POST", "reset", **options)

    def fault(self, kind: str, *, target: str = "", match: str = "*", times: int = 1, **options: Any) -> dict[str, Any]:
        """Order a fault for the next `times` matching calls or deliveries."""
        asked = {"kind": kind, "match": match, "times": times, **options} | ({"target": target} if target else {})
        return self.control("POST", "faults", **asked)

    def sessions(self) -> list[dict[str, Any]]:
        return self.control("GET", "sessions")["data"]

    def events(self, kind: str = "") -> list[dict[str, Any]]:
        """Newest first, each with its `deliveries`."""
        return [event for event in self.control("GET", "events")["data"] if not kind or event["type"] == kind]

    def calls(self) -> list[dict[str, Any]]:
        """What the API was asked and answered, newest first."""
        return self.control("GET", "calls")["data"]

    def resend(self, event_id: str) -> dict[str, Any]:
        return self.control("POST", f"events/{event_id}/resend")

    def pay(self, session_id: str, *, card: str = VISA, **options: Any) -> dict[str, Any]:
        """Pay without a browser; answers {"state", "decline", "session"}."""
        return self.control("POST", f"sessions/{session_id}/pay", card=card, **options)

    def expire(self, session_id: str) -> dict[str, Any]:
        """Let an open session's time run out."""
        return self.control("POST", f"sessions/{session_id}/expire")

    def settle(self, session_id: str, *, outcome: str = "succeed") -> dict[str, Any]:
        """Let the bank of a delayed payment answer: `succeed` or `fail`."""
        return self.control("POST", f"sessions/{session_id}/settle", outcome=outcome)
