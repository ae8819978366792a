"""Stripe. Only this file imports `stripe`; what leaves it are plain values and the four errors below."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import stripe
from django.conf import settings

stripe.enable_telemetry = False

CONNECT_SECONDS = 3
READ_SECONDS = 8
LONGEST_NAME = 100  # letters in an id or a type; Stripe's own are shorter
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


def create_session(parameters: Mapping[str, Any], *, idempotency_key: str) -> Session:
    """Ask for a session. Repeated with the same key and parameters it is the same session.

    Raises Unavailable, InFlight, Refused or KeyIsDead.
    """
    with _errors():
        options: Any = {"idempotency_key": idempotency_key}
        return _session(_client().v1.checkout.sessions.create(cast(Any, dict(parameters)), options))


def retrieve_session(session_id: str, *, patient: bool = False) -> Session:
    """What Stripe says of this session now. `patient`, for workers, tries three times. Raises Unavailable, Refused."""
    with _errors():
        return _session(
            _client(patient).v1.checkout.sessions.retrieve(session_id, {"expand": ["payment_intent"]}),
        )


def expire_session(session_id: str) -> None:
    """End an open session. Raises Refused where it is no longer open, and Unavailable."""
    with _errors():
        _client().v1.checkout.sessions.expire(session_id)


def read_event(payload: bytes, signature: str) -> dict[str, Any]:
    """The event of a webhook delivery, verified on its raw bytes with each of our secrets.

    Raises BadDelivery for everything that Stripe would not send. The library raises far more than it documents, hence
    the long list: TypeError for a signature beyond ASCII, RecursionError for deep JSON, and so on.
    """
    try:
        _verify(payload, signature)
        event = json.loads(payload)
        if event["object"] != "event" or "\\u0000" in payload.decode():
            raise BadDelivery("not a snapshot event")
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


@lru_cache(maxsize=8)
def _build(key: str, base: str, retries: int) -> stripe.StripeClient:
    timeout = (CONNECT_SECONDS, READ_SECONDS)
    addresses: Any = {"api": base} if base else {}
    http = stripe.RequestsClient(timeout=timeout)
    return stripe.StripeClient(key, base_addresses=addresses, max_network_retries=retries, http_client=http)


def _client(patient: bool = False) -> stripe.StripeClient:
    return _build(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE, 2 if patient else 0)


@contextmanager
def _errors() -> Iterator[None]:
    """The library's errors as ours."""
    try:
        yield
    except stripe.IdempotencyError as error:
        if error.http_status == 409:
            raise InFlight from error
        raise Refused(str(error), code="idempotency_error") from error
    except stripe.InvalidRequestError as error:
        raise Refused(str(error), code=error.code or "", param=error.param or "") from error
    except stripe.StripeError as error:
        if error.http_status == 409:
            raise InFlight from error
        headers = {name.lower(): value for name, value in (error.headers or {}).items()}
        if headers.get("idempotent-replayed") == "true":
            raise KeyIsDead from error
        raise Unavailable(f"{type(error).__name__} {error.http_status or ''}".strip()) from error


def _session(session: stripe.checkout.Session) -> Session:
    intent = session.payment_intent
    failed = isinstance(intent, stripe.PaymentIntent) and intent.status in {"requires_payment_method", "canceled"}
    return Session(
        id=session.id,
        url=session.url or "",
        status=session.status or "",
        payment_status=session.payment_status,
        payment_intent=(intent if isinstance(intent, str) else intent.id) if intent else "",
        has_failed=session.status == "complete" and session.payment_status == "unpaid" and failed,
        amount=session.amount_total or 0,
        currency=(session.currency or "").upper(),
        livemode=session.livemode,
        metadata=session.metadata.to_dict() if session.metadata else {},
    )
