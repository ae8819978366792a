"""The control room at `/_sandbox/`: see what happened, and make things happen. JSON for tests, a page for people."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from . import events, payments
from .account import Account
from .cards import find_card
from .errors import StripeError, invalid
from .resources import checkout_sessions, events_api
from .resources.payment_methods import Payer
from .store import Json

SHOWN = 200
Handler = Callable[[Request], Awaitable[Response]]


def _as_json(handler: Callable[..., Awaitable[Json]]) -> Handler:
    """Answer with the handler's value, or its StripeError in Stripe's shape."""

    async def endpoint(request: Request) -> Response:
        try:
            return JSONResponse(await handler(request))
        except StripeError as error:
            return JSONResponse(error.body(), status_code=error.status)

    return endpoint


class Control:
    """Everything a test or a person may order of the sandbox."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self) -> list[Route]:
        gets = {"sessions": self.sessions, "events": self.events, "calls": self.calls}
        posts = {
            "reset": self.reset,
            "sessions/{session}/pay": self.pay,
            "sessions/{session}/expire": self.expire,
            "sessions/{session}/settle": self.settle,
            "events/{event}/resend": self.resend,
        }
        return [Route(f"/_sandbox/{path}", _as_json(handler), methods=["GET"]) for path, handler in gets.items()] + [
            Route(f"/_sandbox/{path}", _as_json(handler), methods=["POST"]) for path, handler in posts.items()
        ]

    async def sessions(self, request: Request) -> Json:
        return {"data": self._newest("checkout.session")}

    async def events(self, request: Request) -> Json:
        """Newest first, each with its deliveries and their answers."""
        return {"data": [self._with_deliveries(event) for event in self._newest("event")]}

    async def calls(self, request: Request) -> Json:
        rows = self._account.store.rows("SELECT * FROM calls ORDER BY id DESC LIMIT ?", (SHOWN,))
        return {"data": [dict(row) | {name: json.loads(row[name]) for name in ("asked", "answered")} for row in rows]}

    async def reset(self, request: Request) -> Json:
        self._account.store.clear()
        return {"reset": True}

    async def pay(self, request: Request) -> Json:
        """Pay a session as its page would."""
        body = await _body(request)
        session = self._session(request)
        payer = Payer(
            body.get("email") or session["customer_email"] or "payer@example.com", body.get("name", "Test Payer")
        )
        method, bank = body.get("method", "card"), body.get("bank", "wait")
        with self._account.store.transaction():
            if session["amount_total"] == 0:
                result = payments.pay_nothing(self._account, session, payer)
            elif method != "card":
                if method not in session["payment_method_types"]:
                    raise invalid(f"This session does not take {method}.", param="method")
                result = payments.pay_later(self._account, session, payer, method, bank)
            else:
                card = find_card(str(body.get("card", "4242424242424242")).replace(" ", ""))
                result = payments.pay_by_card(self._account, session, payer, card, 12, 2040)
                if result.state == "requires_action" and "authenticate" in body:
                    intent = self._account.get("payment_intent", result.intent)
                    passed = bool(body["authenticate"])
                    result = payments.authenticate(self._account, session, intent, card, passed=passed)
        decline = {"code": result.decline.code, "message": result.decline.message} if result.decline else None
        return {"state": result.state, "decline": decline, "session": self._session(request)}

    async def expire(self, request: Request) -> Json:
        session = self._session(request)
        with self._account.store.transaction():
            return checkout_sessions.expire(self._account, {}, session["id"])

    async def settle(self, request: Request) -> Json:
        outcome = (await _body(request)).get("outcome", "succeed")
        if outcome not in ("succeed", "fail"):
            raise invalid("Invalid outcome: must be one of succeed or fail", param="outcome")
        with self._account.store.transaction():
            return payments.settle(self._account, self._session(request), succeed=outcome == "succeed")

    async def resend(self, request: Request) -> Json:
        """Deliver the event once more to every endpoint."""
        with self._account.store.transaction():
            return self._with_deliveries(events_api.resend(self._account, {}, request.path_params["event"]))

    def _session(self, request: Request) -> Json:
        return self._account.get("checkout.session", request.path_params["session"], param="session")

    def _newest(self, kind: str) -> list[Json]:
        sql = "SELECT body FROM objects WHERE type = ? ORDER BY seq DESC LIMIT ?"
        return [json.loads(row["body"]) for row in self._account.store.rows(sql, (kind, SHOWN))]

    def _with_deliveries(self, event: Json) -> Json:
        rows = self._account.store.rows("SELECT * FROM deliveries WHERE event = ? ORDER BY id", (event["id"],))
        deliveries = [dict(row) | {"attempts": json.loads(row["attempts"])} for row in rows]
        return events.rendered(self._account, event) | {"deliveries": deliveries}


async def _body(request: Request) -> dict[str, Any]:
    """The JSON object sent, or an empty one."""
    text = await request.body()
    try:
        body = json.loads(text) if text.strip() else {}
    except ValueError:
        raise invalid("The body must be a JSON object.") from None
    if not isinstance(body, dict):
        raise invalid("The body must be a JSON object.")
    return body
