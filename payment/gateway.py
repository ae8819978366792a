"""Stripe. Only this file imports `stripe`; what leaves it are plain values and the four errors below."""

import json
import logging
import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import stripe
from django.conf import settings

from .bulkhead import Bulkhead, Crowded

log = logging.getLogger(__name__)

stripe.enable_telemetry = False

CONNECT_SECONDS = 3
READ_SECONDS = 8
LONGEST_NAME = 100  # letters in an id or a type; Stripe's own are shorter
SESSIONS = "/v1/checkout/sessions"
PAGE = 100  # objects a page, the most that Stripe gives
SIGNATURE_TOLERANCE = 300  # seconds, https://docs.stripe.com/webhooks#replay-attacks


class Unavailable(Exception):
    """Stripe did not answer, or not with an outcome: nothing is known of what it did."""


class InFlight(Exception):
    """The same idempotency key is being worked on at this moment."""


class Refused(Exception):
    """Stripe understood and will not: the parameters, or the state of the object, are wrong. `code` is Stripe's."""

    def __init__(self, message: str, *, code: str = "", param: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.param = param


class KeyIsDead(Exception):
    """Stripe replays a stored server error for this idempotency key, and always will."""


class BadDelivery(Exception):
    """A webhook delivery that Stripe did not sign, not now, or that is no event."""


@dataclass(frozen=True)
class Session:
    """A checkout session as Stripe last told it. `amount` is in minor units of `currency` (upper case)."""

    id: str
    url: str
    status: str  # open, complete, expired
    payment_status: str  # paid, unpaid, no_payment_required
    payment_intent: str
    has_failed: bool  # complete, but the delayed payment did not arrive
    amount: int
    currency: str
    livemode: bool
    metadata: Mapping[str, str]

    @property
    def is_paid(self) -> bool:
        return self.status == "complete" and self.payment_status in {"paid", "no_payment_required"}


@dataclass(frozen=True)
class Refund:
    """A refund as Stripe last told it. `amount` is in minor units of `currency` (upper case)."""

    id: str
    status: str  # pending, requires_action, succeeded, failed, canceled
    amount: int
    currency: str
    payment_intent: str
    failure_reason: str
    metadata: Mapping[str, str]


@dataclass(frozen=True)
class Capture:
    """What a payment intent took. `amount` is in minor units of `currency` (upper case)."""

    payment_intent: str
    status: str  # succeeded, or not yet or no longer on the way there
    amount: int
    currency: str
    created: datetime
    metadata: Mapping[str, str]


@dataclass(frozen=True)
class Dispute:
    """A dispute as Stripe last told it. `amount` is in minor units of `currency` (upper case)."""

    id: str
    status: str  # needs_response, under_review, won, lost, warning_…
    reason: str
    amount: int
    currency: str
    payment_intent: str
    respond_by: datetime | None


# Callers with `patient` are workers: they try three times, and pass by the bulkhead. All functions raise Unavailable
# and Refused.


def create_session(parameters: Mapping[str, Any], *, idempotency_key: str, patient: bool = False) -> Session:
    """Ask for a session. Repeated with the same key and parameters it is the same session.

    Raises InFlight and KeyIsDead, too.
    """
    with _stripe(patient) as client:
        return _session(client.raw_request("post", SESSIONS, **parameters, **_key(idempotency_key)).data)


def retrieve_session(session_id: str, *, patient: bool = False) -> Session:
    """What Stripe says of this session now."""
    with _stripe(patient) as client:
        told = client.raw_request("get", f"{SESSIONS}/{quote(session_id, safe='')}", expand=["payment_intent"])
        return _session(told.data)


def expire_session(session_id: str, *, patient: bool = False) -> None:
    """End an open session. Refused where it is no longer open."""
    with _stripe(patient) as client:
        client.v1.checkout.sessions.expire(session_id)


def sessions_of(payment_intent: str) -> list[str]:
    """The ids of the sessions that made this payment: one, or none for a payment made elsewhere."""
    with _stripe(patient=True) as client:
        return [session.id for session in client.v1.checkout.sessions.list({"payment_intent": payment_intent}).data]


def create_refund(payment_intent: str, amount: int, *, idempotency_key: str) -> Refund:
    """Give `amount` minor units of a payment back. Repeated with the same key it is the same refund.

    Raises InFlight and KeyIsDead, too. The key also stands in the refund's metadata.
    """
    parameters: Any = {
        "payment_intent": payment_intent,
        "amount": amount,
        "metadata": {"refund": idempotency_key},
    }
    with _stripe(patient=True) as client:
        return _refund(client.v1.refunds.create(parameters, _key(idempotency_key)))


def retrieve_refund(refund_id: str) -> Refund:
    """What Stripe says of this refund now."""
    with _stripe(patient=True) as client:
        return _refund(client.v1.refunds.retrieve(refund_id))


def refunds_of(charge_id: str) -> list[str]:
    """The ids of every refund of a charge."""
    with _stripe(patient=True) as client:
        return [refund.id for refund in client.v1.refunds.list({"charge": charge_id}).auto_paging_iter()]


def retrieve_dispute(dispute_id: str) -> Dispute:
    """What Stripe says of this dispute now."""
    with _stripe(patient=True) as client:
        return _dispute(client.v1.disputes.retrieve(dispute_id))


def retrieve_capture(payment_intent: str) -> Capture:
    """What Stripe says of this payment intent now."""
    with _stripe(patient=True) as client:
        return _capture(client.v1.payment_intents.retrieve(payment_intent))


# What was created since a moment, for the reconciler: newest first, a page at a time, so that however much there is,
# one page is in memory.


def list_sessions(since: datetime) -> Iterator[Session]:
    """Every checkout session made since."""
    with _stripe(patient=True) as client:
        asked: Any = {**_since(since), "expand": ["data.payment_intent"]}
        for session in client.v1.checkout.sessions.list(asked).auto_paging_iter():
            yield _session(session.to_dict())


def list_captures(since: datetime) -> Iterator[Capture]:
    """Every payment intent made since that took money."""
    with _stripe(patient=True) as client:
        for intent in client.v1.payment_intents.list(_since(since)).auto_paging_iter():
            if intent.status == "succeeded":
                yield _capture(intent)


def list_refunds(since: datetime) -> Iterator[Refund]:
    """Every refund made since, whatever became of it."""
    with _stripe(patient=True) as client:
        for refund in client.v1.refunds.list(_since(since)).auto_paging_iter():
            yield _refund(refund)


def list_disputes(since: datetime) -> Iterator[Dispute]:
    """Every dispute opened since, whatever became of it."""
    with _stripe(patient=True) as client:
        for dispute in client.v1.disputes.list(_since(since)).auto_paging_iter():
            yield _dispute(dispute)


def _since(moment: datetime) -> Any:
    return {"created": {"gte": int(moment.timestamp())}, "limit": PAGE}


def read_event(payload: bytes, signature: str) -> dict[str, Any]:
    """The event of a webhook delivery, verified on its raw bytes with each of our secrets.

    Raises BadDelivery for everything that Stripe would not send. The library raises far more than it documents, hence
    the long list: TypeError for a signature beyond ASCII, RecursionError for deep JSON, and so on.
    """
    try:
        _verify(payload, signature)
        event = json.loads(payload)
        if event["object"] != "event":
            raise BadDelivery("not a snapshot event")
        _must_be_storable(event)
        facts = (event["id"], event["type"], event["data"]["object"].get("id", ""))
        if not all(isinstance(fact, str) and len(fact) <= LONGEST_NAME for fact in facts) or not isinstance(
            event["livemode"], bool
        ):
            raise BadDelivery("not an event of Stripe's form")
    except (stripe.SignatureVerificationError, ValueError, TypeError, LookupError, AttributeError) as error:
        raise BadDelivery(type(error).__name__) from error
    except RecursionError as error:
        raise BadDelivery("too deep") from error
    return dict(event)


def _must_be_storable(event: Any) -> None:
    """Raise for what JSON can spell and Postgres cannot keep: infinite numbers, half characters, NUL."""
    text = json.dumps(event, ensure_ascii=False, allow_nan=False)  # ValueError for NaN and infinity
    if b"\\u0000" in text.encode():  # UnicodeEncodeError, a ValueError, for half a surrogate pair
        raise BadDelivery("a NUL")


def _verify(payload: bytes, signature: str) -> None:
    """Raise unless one of our secrets made the signature, within the tolerance before or after now."""
    for position, secret in enumerate(settings.STRIPE_WEBHOOK_SECRETS, 1):
        try:
            stripe.WebhookSignature.verify_header(payload, signature, secret, SIGNATURE_TOLERANCE)
            break
        except stripe.SignatureVerificationError:
            if position == len(settings.STRIPE_WEBHOOK_SECRETS):
                raise
    signed_at = next(int(part.strip()[2:]) for part in signature.split(",") if part.strip().startswith("t="))
    if signed_at > time.time() + SIGNATURE_TOLERANCE:  # the library only looks at the past
        raise BadDelivery("signed in the future")


@lru_cache(maxsize=32)
def _client(key: str, base: str, *, retries: int = 0, read_seconds: int = READ_SECONDS) -> stripe.StripeClient:
    addresses: Any = {"api": base} if base else {}
    http = stripe.RequestsClient(timeout=(CONNECT_SECONDS, read_seconds))
    return stripe.StripeClient(key, base_addresses=addresses, max_network_retries=retries, http_client=http)


_web = Bulkhead(settings.STRIPE_PLACES)
_deadline: ContextVar[float] = ContextVar("deadline", default=math.inf)  # of time.monotonic()


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """All calls that the block makes without `patient` wait no longer together; then they raise Unavailable."""
    token = _deadline.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


def _hurried() -> stripe.StripeClient:
    """A client for the web, that waits no longer than the page still may."""
    left = _deadline.get() - time.monotonic() - CONNECT_SECONDS
    if left < 1:
        raise Unavailable("no time is left to ask")
    read_seconds = int(min(READ_SECONDS, left))  # whole seconds: as many clients are kept as there are
    return _client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE, read_seconds=read_seconds)


@contextmanager
def _stripe(patient: bool) -> Iterator[stripe.StripeClient]:
    """The client; the library's errors come out as ours."""
    client = _client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE, retries=2) if patient else _hurried()
    try:
        with nullcontext() if patient else _web.place():
            yield client
    except Crowded as error:
        raise Unavailable("too many wait for Stripe") from error
    except stripe.StripeError as error:
        raise _ours(error) from error


def _ours(error: stripe.StripeError) -> Exception:
    if error.http_status == 409:
        return InFlight()
    if isinstance(error, stripe.InvalidRequestError | stripe.IdempotencyError):
        return Refused(str(error), code=error.code or "", param=getattr(error, "param", "") or "")
    if isinstance(error, stripe.AuthenticationError | stripe.PermissionError):
        log.error("Stripe does not accept the shop's key: was it revoked?")  # Stripe's words show parts of it
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    if headers.get("idempotent-replayed") == "true":
        return KeyIsDead()
    return Unavailable(f"{type(error).__name__} {error.http_status or ''}".strip())


def _key(idempotency_key: str) -> Any:
    return {"idempotency_key": idempotency_key}


def _id(reference: Any) -> str:
    """The id of an object that Stripe gives as an id, expanded, or not at all."""
    return reference if isinstance(reference, str) else reference.id if reference else ""


def _session(told: Mapping[str, Any]) -> Session:
    """From Stripe's own JSON: a shopper waits while the library makes objects of it."""
    intent = told["payment_intent"]  # its id; expanded, the whole of it; or none yet
    expanded = intent if isinstance(intent, dict) else {"id": intent or "", "status": ""}
    failed = expanded["status"] in {"requires_payment_method", "canceled"}
    return Session(
        id=told["id"],
        url=told["url"] or "",
        status=told["status"] or "",
        payment_status=told["payment_status"],
        payment_intent=expanded["id"],
        has_failed=told["status"] == "complete" and told["payment_status"] == "unpaid" and failed,
        amount=told["amount_total"] or 0,
        currency=(told["currency"] or "").upper(),
        livemode=told["livemode"],
        metadata=told["metadata"] or {},
    )


def _refund(refund: stripe.Refund) -> Refund:
    return Refund(
        id=refund.id,
        status=refund.status or "pending",
        amount=refund.amount,
        currency=refund.currency.upper(),
        payment_intent=_id(refund.payment_intent),
        failure_reason=getattr(refund, "failure_reason", None) or "",
        metadata=refund.metadata.to_dict() if refund.metadata else {},
    )


def _capture(intent: stripe.PaymentIntent) -> Capture:
    return Capture(
        payment_intent=intent.id,
        status=intent.status,
        amount=intent.amount_received,
        currency=intent.currency.upper(),
        created=datetime.fromtimestamp(intent.created, UTC),
        metadata=intent.metadata.to_dict() if intent.metadata else {},
    )


def _dispute(dispute: stripe.Dispute) -> Dispute:
    due = dispute.evidence_details.due_by
    return Dispute(
        id=dispute.id,
        status=dispute.status,
        reason=dispute.reason,
        amount=dispute.amount,
        currency=dispute.currency.upper(),
        payment_intent=_id(dispute.payment_intent),
        respond_by=datetime.fromtimestamp(due, UTC) if due else None,
    )
