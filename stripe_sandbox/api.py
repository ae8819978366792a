"""The API's door: who asks, with what, whether it was asked before; then the operation, and Stripe's headers."""

import asyncio
import base64
import json
import re
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from . import cli, params
from .account import Account
from .config import API_VERSION
from .errors import StripeError, rate_limited, server_error
from .expand import expand
from .faults import Fault
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
    payment_pages,
    prices,
    products,
    refunds,
    shipping_rates,
)
from .store import Json

RESOURCES = (
    checkout_sessions,
    payment_intents,
    payment_methods,
    charges,
    balance_transactions,
    refunds,
    disputes,
    events_api,
    coupons,
    shipping_rates,
    products,
    prices,
    payment_pages,
    cli,
)
OPERATIONS: list[Operation] = [operation for resource in RESOURCES for operation in resource.OPERATIONS]
EXPAND = params.items(params.text(), most=20)
KEPT_CALLS = 2_000
_SECRET = re.compile(r"_secret_\w+")


class Cut(Exception):
    """The caller gets no answer; the connection stays silent for `seconds` and then breaks."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass(frozen=True)
class Call:
    """One request: what is asked, by which key (shortened), under which idempotency key."""

    request_id: str
    method: str
    path: str
    given: Json
    api_key: str
    idempotency_key: str
    fault: Fault | None = None

    def suffers(self, *kinds: str) -> bool:
        return self.fault is not None and self.fault.kind in kinds


def authenticate(request: Request) -> str:
    """The shortened key of the caller; Stripe's 401 otherwise. Live keys are refused so that none is ever sent here."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    key = key.strip()
    if scheme.lower() == "basic":  # `curl -u sk_test_…:`
        with suppress(ValueError):
            key = base64.b64decode(key).decode().partition(":")[0]
    elif scheme.lower() != "bearer":
        key = ""
    if not key:
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
        call = Call(new_id("req_", 14), request.method, request.url.path, {}, "", "")
        return _response(Result(404, error.body(), call.request_id), call)

    async def _answer(self, request: Request, operation: Operation) -> Response:
        call = Call(new_id("req_", 14), request.method, request.url.path, {}, "", "")
        cut: Cut | None = None
        try:
            call = await self._read(request, call)
            result = await self._once(call, operation, dict(request.path_params))
        except StripeError as error:
            result = Result(error.status, error.body(), call.request_id)
        except Cut as no_answer:
            result, cut = Result(0, {}, call.request_id), no_answer
        self._log(call, result)
        return _Silence(request, cut.seconds) if cut else _response(result, call)

    async def _read(self, request: Request, call: Call) -> Call:
        """The call with everything it says, and the fault it meets."""
        call = replace(call, api_key=authenticate(request))
        if request.method == "POST":
            call = replace(call, idempotency_key=request.headers.get("idempotency-key", ""))
        call = replace(call, given=decode(request.url.query if request.method == "GET" else await request.body()))
        fault = self._account.faults.take("call", f"{call.method} {call.path}", call.path)
        return replace(call, fault=fault)

    async def _once(self, call: Call, operation: Operation, path: dict[str, str]) -> Result:
        """Replay what the key did before, or do it now and keep the result."""
        if call.suffers("rate_limit"):
            raise rate_limited()
        key = call.idempotency_key
        kept = self._keys.recall(key, call.path, call.given) if key else None
        self._keys.begin(key)
        try:
            if call.fault and call.fault.kind == "delay":
                await asyncio.sleep(call.fault.seconds)
            if call.suffers("drop"):
                raise Cut(0)
            result = kept or self._run(call, operation, path)
        finally:
            self._keys.end(key)
        if call.fault and call.fault.kind == "timeout_after":
            raise Cut(call.fault.seconds)
        return result

    def _run(self, call: Call, operation: Operation, path: dict[str, str]) -> Result:
        try:
            with self._account.caused_by(call.request_id, call.idempotency_key), self._account.store.transaction():
                if call.suffers("error_500"):
                    raise server_error()
                result = Result(200, self._execute(call, operation, path), call.request_id)
                if call.suffers("error_500_after"):
                    error = server_error()
                    result = Result(error.status, error.body(), call.request_id)
                return self._keep(call, result)
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
        body = operation.run(self._account, values, **path)
        if call.fault and operation.method == "POST" and body["object"] == "checkout.session":
            call.fault.distort(body)
            self._account.store.save(body)
        return expand(self._account, body, paths)

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
        number = (
            store.execute(
                sql, (*values, call.fault.kind if call.fault else "", asked, result.status, answered)
            ).lastrowid
            or 0
        )
        if number % 100 == 0:
            store.execute("DELETE FROM calls WHERE id <= ?", (number - KEPT_CALLS,))


class _Silence(Response):
    """No answer: wait until the caller gives up or the time is over, then break the connection off."""

    def __init__(self, request: Request, seconds: float) -> None:
        super().__init__()
        self._request, self._seconds = request, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._request.receive(), self._seconds)
            return  # the caller is gone
        # An answer shorter than announced: the server closes the connection and the client sees it broken.
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})


def _response(result: Result, call: Call) -> Response:
    key = call.idempotency_key
    headers = {"Request-Id": call.request_id, "Stripe-Version": API_VERSION, "Cache-Control": "no-store"}
    if key and key.isascii() and key.isprintable():
        headers["Idempotency-Key"] = key
        headers["Original-Request"] = result.request_id
    if result.replayed:
        headers["Idempotent-Replayed"] = "true"
    if result.status in (409, 429):
        headers["Stripe-Should-Retry"] = "true"
    elif result.status == 500 and key:
        headers["Stripe-Should-Retry"] = "false"  # it would only be replayed
    body = json.dumps(result.body, indent=2, ensure_ascii=False)
    return Response(body, status_code=result.status, media_type="application/json", headers=headers)
