"""The API's door: who asks, with what, whether it was asked before; then the operation, and Stripe's headers."""

import json
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from . import params
from .account import Account
from .config import API_VERSION
from .errors import StripeError
from .expand import expand
from .forms import decode
from .idempotency import Keys, Result
from .ids import new_id
from .operation import Operation
from .resources import (
    balance_transactions,
    charges,
    checkout_sessions,
    coupons,
    disputes,
    events_api,
    payment_intents,
    payment_methods,
    shipping_rates,
)
from .store import Json

RESOURCES = (
    checkout_sessions,
    payment_intents,
    payment_methods,
    charges,
    balance_transactions,
    disputes,
    events_api,
    coupons,
    shipping_rates,
)
OPERATIONS: list[Operation] = [operation for resource in RESOURCES for operation in resource.OPERATIONS]
EXPAND = params.items(params.text(), most=20)
KEPT_CALLS = 2_000
_SECRET = re.compile(r"_secret_\w+")


@dataclass(frozen=True)
class Call:
    """One request: what is asked, by which key (shortened), under which idempotency key."""

    request_id: str
    method: str
    path: str
    given: Json
    api_key: str
    idempotency_key: str

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


def authenticate(request: Request) -> str:
    """The shortened key of the caller; Stripe's 401 otherwise. Live keys are refused so that none is ever sent here."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    key = key.strip()
    if scheme.lower() != "bearer" or not key:
        message = (
            "You did not provide an API key. You need to provide your API key in the Authorization header, using "
            "Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
        )
        raise StripeError(message, status=401, kept=False)
    if key.startswith(("sk_live_", "rk_live_")):
        message = (
            "This is the local Stripe sandbox: it refuses live keys. Use a key that starts with sk_test_, "
            "and roll the live one if it left your server."
        )
        raise StripeError(message, status=401, kept=False)
    if not re.fullmatch(r"[sr]k_test_\w+", key):
        raise StripeError(f"Invalid API Key provided: {shortened(key)}", status=401, kept=False)
    return shortened(key)


def shortened(key: str) -> str:
    return f"{key[:8]}****{key[-4:]}" if len(key) > 16 else f"{key[:3]}****"


class Api:
    """Answers `/v1`. Everything between authentication and the answer is one transaction."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._keys = Keys(account)

    def routes(self) -> list[Route]:
        found = [Route(op.path, self._endpoint(op), methods=[op.method]) for op in OPERATIONS]
        every = ["GET", "POST", "PUT", "PATCH", "DELETE"]
        return [*found, Route("/v1/{rest:path}", self._unknown, methods=every)]

    def _endpoint(self, operation: Operation) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            return await self._answer(request, operation)

        return endpoint

    async def _unknown(self, request: Request) -> Response:
        message = (
            f"Unrecognized request URL ({request.method}: {request.url.path}). Please see https://stripe.com/docs."
        )
        error = StripeError(message, status=404)
        return _response(Result(404, error.body(), new_id("req_", 14)), "")

    async def _answer(self, request: Request, operation: Operation) -> Response:
        request_id, key = new_id("req_", 14), ""
        call = Call(request_id, request.method, request.url.path, {}, "", "")
        try:
            api_key = authenticate(request)
            if request.method == "POST":
                key = request.headers.get("idempotency-key", "")
            call = Call(request_id, request.method, request.url.path, {}, api_key, key)
            given = decode(request.url.query if request.method == "GET" else await request.body())
            call = Call(request_id, request.method, request.url.path, given, api_key, key)
            result = await self._once(call, operation, dict(request.path_params))
        except StripeError as error:
            result = Result(error.status, error.body(), request_id)
        self._log(call, result)
        return _response(result, key, request_id)

    async def _once(self, call: Call, operation: Operation, path: dict[str, str]) -> Result:
        """Replay what the key did before, or do it now and keep the result."""
        key = call.idempotency_key
        kept = self._keys.recall(key, call.path, call.given) if key else None
        if kept:
            return kept
        self._keys.begin(key)
        try:
            return self._run(call, operation, path)
        finally:
            self._keys.end(key)

    def _run(self, call: Call, operation: Operation, path: dict[str, str]) -> Result:
        try:
            with self._account.store.transaction():
                return self._keep(call, Result(200, self._execute(call, operation, path), call.request_id))
        except StripeError as error:
            result = Result(error.status, error.body(), call.request_id)
            return self._keep(call, result) if error.kept else result

    def _keep(self, call: Call, result: Result) -> Result:
        if call.idempotency_key:
            self._keys.keep(call.idempotency_key, call.path, call.given, result)
        return result

    def _execute(self, call: Call, operation: Operation, path: dict[str, str]) -> Json:
        values = params.parse({**operation.accepts, "expand": EXPAND}, call.given)
        paths = values.pop("expand", [])
        return expand(self._account, operation.run(self._account, values, **path), paths)

    def _log(self, call: Call, result: Result) -> None:
        store = self._account.store
        asked = json.dumps(call.given)
        answered = _SECRET.sub("_secret_***", json.dumps(result.body))
        values = (
            time.time(),
            call.method,
            call.path,
            call.request_id,
            call.api_key,
            call.idempotency_key,
            result.replayed,
        )
        sql = (
            "INSERT INTO calls (at, method, path, request_id, api_key, idempotency_key, replayed, fault, asked, "
            "status, answered) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        )
        number = store.execute(sql, (*values, "", asked, result.status, answered)).lastrowid or 0
        if number % 100 == 0:
            store.execute("DELETE FROM calls WHERE id <= ?", (number - KEPT_CALLS,))


def _response(result: Result, key: str, request_id: str = "") -> Response:
    headers = {
        "Request-Id": request_id or result.request_id,
        "Stripe-Version": API_VERSION,
        "Cache-Control": "no-store",
    }
    if key.isascii() and key.isprintable() and key:
        headers["Idempotency-Key"] = key
        headers["Original-Request"] = result.request_id
    if result.replayed:
        headers["Idempotent-Replayed"] = "true"
    if result.status in (409, 429):
        headers["Stripe-Should-Retry"] = "true"
    body: Any = json.dumps(result.body, indent=2, ensure_ascii=False)
    return Response(body, status_code=result.status, media_type="application/json", headers=headers)
