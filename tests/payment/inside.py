"""The Stripe sandbox inside the test's own process: the same application, without a socket, so that thousands of
stories take minutes. Its background worker does not run: time passes when the test says so."""

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import stripe
from starlette.applications import Starlette

from stripe_sandbox import timers
from stripe_sandbox.account import Account
from stripe_sandbox.api import Api
from stripe_sandbox.config import Config
from stripe_sandbox.control import Control
from stripe_sandbox.store import Store
from stripe_sandbox.worker import ACTIONS
from tests.stripe_sandbox.process import Sandbox

URL = "http://stripe.inside"
Answer = tuple[int, dict[str, str], bytes]


class InsideSandbox(Sandbox):
    """A Sandbox whose calls are function calls."""

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        self.url = URL
        self._loop = asyncio.new_event_loop()
        self.account = Account(Config(public_url=URL), Store(data))
        self._app = Starlette(routes=[*Control(self.account).routes(), *Api(self.account).routes()])
        self._http = httpx.Client(transport=_Transport(self))

    def stop(self, *, kill: bool = False) -> None:
        self._http.close()
        self.account.store.close()
        self._loop.close()

    def stripe_client(self, key: str, retries: int = 0) -> stripe.StripeClient:
        """Stripe's library, connected to this sandbox."""
        addresses: Any = {"api": URL}
        return stripe.StripeClient(
            key, base_addresses=addresses, max_network_retries=retries, http_client=_StripeHttp(self)
        )

    def let_time_pass(self) -> None:
        """Let the banks answer that answer by themselves."""
        self.account.store.execute("UPDATE timers SET due = 0")
        timers.fire(self.account, ACTIONS)

    def objects(self, kind: str) -> list[dict[str, Any]]:
        """Everything of this type, newest first: "refund", "dispute", "charge", …"""
        return Control(self.account)._newest(kind)

    def ask(self, method: str, url: str, headers: dict[str, str], body: bytes) -> Answer:
        """One request; raises ConnectionError where the sandbox leaves it without an answer."""
        parts = urlsplit(url)
        heard = iter([{"type": "http.request", "body": body, "more_body": False}])
        said: list[Any] = []

        async def receive() -> dict[str, Any]:
            return next(heard, {"type": "http.disconnect"})

        async def send(message: Any) -> None:
            said.append(message)

        scope = {
            "type": "http",
            "method": method.upper(),
            "path": parts.path,
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
            "headers": [(name.lower().encode(), str(value).encode()) for name, value in headers.items()],
            "server": ("stripe.inside", 80),
            "scheme": "http",
            "http_version": "1.1",
        }
        self._loop.run_until_complete(self._app(scope, receive, send))
        if not said:
            raise ConnectionError("no answer")
        answered = {name.decode(): value.decode() for name, value in said[0]["headers"]}
        return said[0]["status"], answered, b"".join(part.get("body", b"") for part in said[1:])


class _Transport(httpx.BaseTransport):
    def __init__(self, sandbox: InsideSandbox) -> None:
        self._sandbox = sandbox

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        status, headers, body = self._sandbox.ask(
            request.method, str(request.url), dict(request.headers), request.read()
        )
        return httpx.Response(status, headers=headers, content=body)


class _StripeHttp(stripe.HTTPClient):
    name = "inside"

    def __init__(self, sandbox: InsideSandbox) -> None:
        super().__init__()
        self._sandbox = sandbox

    def request(self, method: str, url: str, headers: Any, post_data: Any = None, *, _usage: Any = None) -> Any:
        body = (post_data or "").encode() if isinstance(post_data or "", str) else post_data
        try:
            status, answered, content = self._sandbox.ask(method, url, headers or {}, body)
        except ConnectionError as error:
            raise stripe.APIConnectionError("the answer was lost", should_retry=True) from error
        return content.decode(), status, answered

    def _sleep_time_seconds(self, num_retries: int) -> float:
        return 0

    def close(self) -> None:
        """Nothing is open."""
