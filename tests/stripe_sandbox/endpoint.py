"""A webhook endpoint for tests: verifies what arrives with the genuine stripe library, and answers as it is told."""

import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

import stripe

SECRET = "whsec_sandbox"


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A sandbox that is killed breaks its connections off; anything else is printed."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


@dataclass
class Endpoint:
    """Listens on a free port. `answers` are the next statuses; after them every delivery gets a 200. While `gate` is
    cleared, none gets its answer."""

    secret: str = SECRET
    received: list[stripe.Event] = field(default_factory=list)
    signatures: list[str] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    delay: float = 0.0
    gate: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Endpoint":
        endpoint = self
        self.gate.set()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                signature = self.headers["Stripe-Signature"]
                event = stripe.Webhook.construct_event(body, signature, endpoint.secret)
                endpoint.signatures.append(signature)
                endpoint.received.append(event)
                endpoint.gate.wait()
                time.sleep(endpoint.delay)
                self.send_response(endpoint.answers.pop(0) if endpoint.answers else 200)
                self.end_headers()
                self.wfile.write(b"thank you")

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/webhook/"
        threading.Thread(target=self._server.serve_forever, args=[0.05], daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def forget(self) -> None:
        self.received.clear()
        self.signatures.clear()
        self.answers.clear()
        self.delay = 0.0
        self.gate.set()

    @property
    def types(self) -> list[str]:
        return [event.type for event in self.received]

    def wait_for(self, kind: str, *, times: int = 1, seconds: float = 10) -> list[stripe.Event]:
        """The deliveries of this type, once there are so many."""
        eventually(lambda: self.types.count(kind) >= times, seconds=seconds, why=lambda: f"{kind} in {self.types}")
        return [event for event in self.received if event.type == kind]


def eventually(condition: Callable[[], object], *, seconds: float = 10, why: Callable[[], str] = lambda: "it") -> None:
    """Wait until the condition holds; fails when it does not in time."""
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, f"Waited {seconds} s in vain for {why()}"
        time.sleep(0.02)
