"""The control room at `/_sandbox/`: see what happened, and make things happen. JSON for tests, a page for people."""

import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from . import cards, events, faults, payments
from .account import Account
from .errors import StripeError, invalid
from .forms import decode
from .resources import checkout_sessions, disputes, events_api, refunds
from .resources.payment_methods import Payer
from .store import Json
from .templating import TEMPLATES, secured

SHOWN = 200
LAST_ARRIVALS = 5.0  # seconds that a reset waits for deliveries under way
Body = dict[str, Any]
Order = Callable[[Body, str], Json]


class Control:
    """Everything a test or a person may order of the sandbox. Each order is one transaction."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self) -> list[Route]:
        looks: dict[str, Callable[[], list[Json]]] = {
            "sessions": lambda: self._newest("checkout.session"),
            "events": self._events,
            "calls": self._calls,
            "faults": self._account.faults.all,
        }
        orders: dict[str, Order] = {
            "faults": self._order_fault,
            "faults/clear": self._clear_faults,
            "sessions/{id}/pay": self._pay,
            "sessions/{id}/expire": self._expire,
            "sessions/{id}/settle": self._settle,
            "events/{id}/resend": lambda body, event: self._with_deliveries(
                events_api.resend(self._account, {}, event)
            ),
            "charges/{id}/refund": self._refund,
            "charges/{id}/dispute": self._dispute,
            "refunds/{id}/fail": lambda body, refund: refunds.fail(self._account, refund),
            "disputes/{id}/decide": self._decide,
        }
        return [
            Route("/_sandbox/", self.page, methods=["GET"]),
            Route("/_sandbox/reset", self.reset, methods=["POST"]),
            *(Route(f"/_sandbox/{path}", _look(look), methods=["GET"]) for path, look in looks.items()),
            *(Route(f"/_sandbox/{path}", self._ordered(order), methods=["POST"]) for path, order in orders.items()),
        ]

    def _ordered(self, order: Order) -> Callable[[Request], Awaitable[Response]]:
        """Carry out an order: JSON is answered with JSON, a form with the page."""

        async def endpoint(request: Request) -> Response:
            is_form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
            try:
                _same_origin(request)
                body = await _body(request, is_form=is_form)
                with self._account.store.transaction():
                    answer = order(body, request.path_params.get("id", ""))
            except StripeError as error:
                return self._page(request, error) if is_form else JSONResponse(error.body(), status_code=error.status)
            return RedirectResponse("/_sandbox/", status_code=303) if is_form else JSONResponse(answer)

        return endpoint

    async def reset(self, request: Request) -> Response:
        """Forget everything; when this answers, nothing of before arrives anywhere any more."""
        answer = await self._ordered(self._reset)(request)
        await self._account.arrivals(LAST_ARRIVALS)
        return answer

    def _reset(self, body: Body, _: str) -> Json:
        """Forget everything, and start the dice anew from `seed` (that of the start, if none is given)."""
        seed = int(body.get("seed", self._account.config.seed))
        self._account.store.clear()
        self._account.faults.seed(seed)
        return {"reset": True, "seed": seed}

    def _order_fault(self, body: Body, _: str) -> Json:
        return self._account.faults.order(body)

    def _clear_faults(self, body: Body, _: str) -> Json:
        self._account.faults.clear()
        return {"data": []}

    def _pay(self, body: Body, session_id: str) -> Json:
        """Pay a session as its page would: {"state", "decline", "session"}."""
        session = self._session(session_id)
        if body.get("shipping_rate"):
            session = payments.choose_shipping(self._account, session, body["shipping_rate"])
        email = body.get("email") or session["customer_email"] or "payer@example.com"
        payer = Payer(email, body.get("name") or "Test Payer")
        result = self._attempt(session, payer, body)
        decline = {"code": result.decline.code, "message": result.decline.message} if result.decline else None
        return {"state": result.state, "decline": decline, "session": self._session(session_id)}

    def _attempt(self, session: Json, payer: Payer, body: Body) -> payments.Result:
        if session["amount_total"] == 0:
            return payments.pay_nothing(self._account, session, payer)
        method = body.get("method") or "card"
        if method != "card":
            if method not in session["payment_method_types"]:
                raise invalid(f"This session does not take {method}.", param="method")
            return payments.pay_later(self._account, session, payer, method, body.get("bank") or "wait")
        card = cards.find_card(str(body.get("card") or "4242424242424242").replace(" ", ""))
        result = payments.pay_by_card(self._account, session, payer, card, 12, 2040)
        if result.state == "requires_action" and "authenticate" in body:
            intent = self._account.get("payment_intent", result.intent)
            passed = body["authenticate"] in (True, "true")
            result = payments.authenticate(self._account, self._session(session["id"]), intent, card, passed=passed)
        return result

    def _expire(self, body: Body, session_id: str) -> Json:
        return checkout_sessions.expire(self._account, {}, session_id)

    def _settle(self, body: Body, session_id: str) -> Json:
        succeed = _outcome(body, "succeed", "fail") == "succeed"
        return payments.settle(self._account, self._session(session_id), succeed=succeed)

    def _refund(self, body: Body, charge: str) -> Json:
        """A refund from Stripe's dashboard: all that is left, or `amount`."""
        amount = {"amount": int(body["amount"])} if body.get("amount") else {}
        return refunds.create(self._account, {"charge": charge, "reason": "requested_by_customer", **amount})

    def _dispute(self, body: Body, charge: str) -> Json:
        found = self._account.get("charge", charge, param="charge")
        if found["disputed"] or found["status"] != "succeeded" or found["payment_method_details"]["type"] != "card":
            raise invalid("Only a successful card payment can be disputed, and only once.")
        return disputes.open_dispute(self._account, found, body.get("reason") or "fraudulent")

    def _decide(self, body: Body, dispute: str) -> Json:
        won = _outcome(body, "won", "lost") == "won"
        return disputes.decide(self._account, self._account.get("dispute", dispute), won=won)

    def _session(self, session_id: str) -> Json:
        return self._account.get("checkout.session", session_id, param="session")

    def _newest(self, kind: str) -> list[Json]:
        sql = "SELECT body FROM objects WHERE type = ? ORDER BY seq DESC LIMIT ?"
        return [json.loads(row["body"]) for row in self._account.store.rows(sql, (kind, SHOWN))]

    def _events(self) -> list[Json]:
        """Newest first, each with its deliveries and their answers."""
        return [self._with_deliveries(event) for event in self._newest("event")]

    def _with_deliveries(self, event: Json) -> Json:
        rows = self._account.store.rows("SELECT * FROM deliveries WHERE event = ? ORDER BY id", (event["id"],))
        deliveries = [dict(row) | {"attempts": json.loads(row["attempts"])} for row in rows]
        return events.rendered(self._account, event) | {"deliveries": deliveries}

    def _calls(self) -> list[Json]:
        rows = self._account.store.rows("SELECT * FROM calls ORDER BY id DESC LIMIT ?", (SHOWN,))
        return [dict(row) | {name: json.loads(row[name]) for name in ("asked", "answered")} for row in rows]

    async def page(self, request: Request) -> Response:
        return self._page(request, None)

    def _page(self, request: Request, error: StripeError | None) -> Response:
        context = {
            "room": "/_sandbox/",
            "error": error,
            "sessions": self._newest("checkout.session"),
            "charges": self._newest("charge"),
            "refunds": self._newest("refund"),
            "disputes": self._newest("dispute"),
            "events": self._events(),
            "calls": self._calls(),
            "faults": self._account.faults.all(),
            "kinds": faults.KINDS,
            "listeners": sorted(self._account.listeners),
            "config": self._account.config,
        }
        status = error.status if error else 200
        return secured(TEMPLATES.TemplateResponse(request, "control.html", context, status_code=status))


def _look(look: Callable[[], list[Json]]) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return JSONResponse({"data": look()})

    return endpoint


def _outcome(body: Body, *options: str) -> str:
    outcome = body.get("outcome", options[0])
    if outcome not in options:
        raise invalid(f"Invalid outcome: must be one of {' or '.join(options)}", param="outcome")
    return outcome


def _same_origin(request: Request) -> None:
    """Orders come from this page or from a program, never from another site open in the browser."""
    origin = request.headers.get("origin")
    if origin and urlsplit(origin).netloc != request.headers.get("host"):
        raise StripeError("Orders from other sites are refused.", status=403)


async def _body(request: Request, *, is_form: bool) -> Body:
    """What was sent: a form, a JSON object, or nothing."""
    text = await request.body()
    if is_form:
        return decode(text)
    try:
        body = json.loads(text) if text.strip() else {}
    except (ValueError, RecursionError):
        raise invalid("The body must be a JSON object.") from None
    if not isinstance(body, dict):
        raise invalid("The body must be a JSON object.")
    return body
