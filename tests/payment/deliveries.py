"""Webhook deliveries made by hand: real bytes, signed as Stripe signs."""

import hashlib
import hmac
import json
import time
from typing import Any

from django.test import Client

SECRET = "whsec_suite"
URL = "/payment/webhook/"


def signature(payload: bytes, *, secret: str = SECRET, at: float | None = None) -> str:
    """The Stripe-Signature header of https://docs.stripe.com/webhooks#verify-manually."""
    moment = int(time.time() if at is None else at)
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + payload, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


def event(kind: str, object_id: str, *, event_id: str = "evt_1", livemode: bool = False) -> dict[str, Any]:
    """An event of the form that Stripe sends; the shop reads no more of it than this."""
    return {
        "id": event_id,
        "object": "event",
        "type": kind,
        "livemode": livemode,
        "data": {"object": {"id": object_id}},
    }


def post(client: Client, payload: bytes, header: str | None = None) -> int:
    """Deliver raw bytes, well signed unless a header is given; the status answered."""
    signed = signature(payload) if header is None else header
    response = client.post(URL, payload, content_type="application/json", headers={"Stripe-Signature": signed})
    return response.status_code


def deliver(client: Client, content: dict[str, Any]) -> int:
    """Deliver an event, well signed; the status answered."""
    return post(client, json.dumps(content).encode())
