"""The genuine Stripe CLI: `stripe listen` opens a session, connects a websocket and is handed the events.

What it needs was read off the CLI itself: https://github.com/stripe/stripe-cli, pkg/stripeauth and pkg/websocket.
"""

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from . import params
from .account import Account
from .config import API_VERSION
from .ids import new_id
from .operation import Operation
from .store import Json

FEATURE = "webhooks"
RECONNECT_DELAY = 24 * 60 * 60  # seconds after which the CLI renews its connection
PREFIX = "cli:"  # of a listener's name among the endpoints
ANSWER_WITHIN = 30.0


class Listener:
    """One connected CLI, waiting for the answers of what it forwards."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._answers: dict[str, asyncio.Future[tuple[int, str]]] = {}

    async def forward(self, event: Json, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        """Hand over one event; returns what the endpoint answered. Raises TimeoutError or ConnectionError."""
        conversation = new_id("wc_")
        message = {
            "type": "webhook_event",
            "event_payload": body.decode(),
            "http_headers": headers,
            "webhook_conversation_id": conversation,
            "webhook_id": new_id("wh_"),
        }
        answer = self._answers[conversation] = asyncio.get_running_loop().create_future()
        try:
            # Twice, as Stripe sends it: `listen` drops what names a version, `listen --latest` what does not.
            for version in (None, event["api_version"]):
                await self._socket.send_text(json.dumps(message | {"endpoint": {"api_version": version}}))
            return await asyncio.wait_for(answer, ANSWER_WITHIN)
        except (WebSocketDisconnect, RuntimeError) as error:
            raise ConnectionError("The CLI has disconnected.") from error
        finally:
            del self._answers[conversation]

    def hear(self, message: dict[str, Any]) -> None:
        """An acknowledgement needs nothing; a response ends its conversation."""
        answer = self._answers.get(str(message.get("webhook_conversation_id")))
        if message.get("type") == "webhook_response" and answer and not answer.done():
            answer.set_result((int(message.get("status") or 0), str(message.get("body", ""))))

    def hang_up(self) -> None:
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(ConnectionError("The CLI has disconnected."))


class Switchboard:
    """Lets CLIs in and knows who listens."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self) -> list[WebSocketRoute]:
        return [WebSocketRoute("/_sandbox/cli/{websocket}", self.listen)]

    async def listen(self, socket: WebSocket) -> None:
        """Hold the line of one CLI until it hangs up."""
        offered = socket.scope.get("subprotocols") or [None]
        await socket.accept(subprotocol=offered[0])
        name = PREFIX + socket.path_params["websocket"]
        listener = self._account.listeners[name] = Listener(socket)
        try:
            while True:
                listener.hear(json.loads(await socket.receive_text()))
        except (WebSocketDisconnect, ValueError):
            pass
        finally:
            del self._account.listeners[name]
            listener.hang_up()


def open_session(account: Account, values: Json) -> Json:
    """Where the CLI shall connect, and the secret it prints."""
    websocket = new_id("cliws_")
    parts = urlsplit(account.config.public_url)
    scheme = "wss" if parts.scheme == "https" else "ws"
    return {
        "object": "stripecli_session",
        "default_version": API_VERSION,
        "display_connect_filter_warning": False,
        "latest_version": API_VERSION,
        "reconnect_delay": RECONNECT_DELAY,
        "secret": account.config.webhook_secrets[0],
        "websocket_authorized_feature": FEATURE,
        "websocket_id": websocket,
        "websocket_url": f"{scheme}://{parts.netloc}{parts.path}/_sandbox/cli/{websocket}",
    }


_FORWARDS = ("forward_to_url", "forward_connect_to_url", "forward_thin_to_url", "forward_thin_connect_to_url")
OPERATIONS = [
    Operation(
        "POST",
        "/v1/stripecli/sessions",
        open_session,
        dict.fromkeys((*_FORWARDS, "device_name", "filters", "websocket_features"), params.anything()),
    )
]
