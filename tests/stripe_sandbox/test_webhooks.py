"""Events and their deliveries: signed, in order, retried, never lost."""

import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest
import stripe

from .conftest import BOTTLES, Create, client_of
from .endpoint import Endpoint, eventually
from .process import Sandbox

PURCHASE = [
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
    "checkout.session.completed",
    "charge.updated",
]


def test_a_purchase_emits_stripes_events_in_stripes_order(
    create: Create, client: stripe.StripeClient, sandbox: Sandbox, endpoint: Endpoint
) -> None:
    session = create(metadata={"order": "7"})
    sandbox.pay(session.id)
    assert [event.type for event in client.v1.events.list({}).data][::-1] == PURCHASE
    completed = endpoint.wait_for("checkout.session.completed")[0]
    assert completed.data.object["id"] == session.id
    assert completed.data.object["metadata"]["order"] == "7"
    assert (completed.api_version, completed.livemode) == (stripe.api_version, False)
    eventually(lambda: sorted(endpoint.types) == sorted(PURCHASE))


def test_a_declined_card_emits_a_failed_payment(create: Create, sandbox: Sandbox, endpoint: Endpoint) -> None:
    sandbox.pay(create().id, card="4000000000000002")
    endpoint.wait_for("payment_intent.payment_failed")
    eventually(
        lambda: sorted(endpoint.types) == ["charge.failed", "payment_intent.created", "payment_intent.payment_failed"]
    )


def test_events_are_filtered_by_type_and_time(create: Create, client: stripe.StripeClient, sandbox: Sandbox) -> None:
    sandbox.pay(create().id)
    assert len(client.v1.events.list({"type": "charge.succeeded"}).data) == 1
    assert len(client.v1.events.list({"type": "charge.*"}).data) == 2
    assert len(client.v1.events.list({"types": ["charge.succeeded", "payment_intent.created"]}).data) == 2
    assert client.v1.events.list({"created": {"lt": int(time.time()) - 60}}).data == []
    eventually(lambda: len(client.v1.events.list({"delivery_success": True}).data) == 5)
    assert client.v1.events.list({"delivery_success": False}).data == []
    event = client.v1.events.list({}).data[0]
    assert client.v1.events.retrieve(event.id).type == event.type


def test_an_event_names_the_request_that_caused_it(
    create: Create, client: stripe.StripeClient, sandbox: Sandbox
) -> None:
    expired: Any = client.v1.checkout.sessions.expire(create().id, options={"idempotency_key": "end-it"})
    caused = client.v1.events.list({"type": "checkout.session.expired"}).data[0].request
    assert caused is not None
    assert (caused.id, caused.idempotency_key) == (expired.last_response.headers["Request-Id"], "end-it")
    sandbox.pay(create().id)
    by_payer = client.v1.events.list({"type": "checkout.session.completed"}).data[0].request
    assert by_payer is not None
    assert (by_payer.id, by_payer.idempotency_key) == (None, None)


def test_deliveries_are_signed_with_every_secret(tmp_path: Path) -> None:
    for secret in ("whsec_old", "whsec_new"):
        with (
            Endpoint(secret) as endpoint,
            Sandbox(
                tmp_path / f"{secret}.sqlite3", forward_to=[endpoint.url], secrets=["whsec_old", "whsec_new"]
            ) as sandbox,
        ):
            began = int(time.time())
            sandbox.pay(client_of(sandbox).v1.checkout.sessions.create(BOTTLES).id)
            endpoint.wait_for("checkout.session.completed")
            assert endpoint.signatures[0].count("v1=") == 2
            assert began <= int(endpoint.signatures[0].split(",")[0].removeprefix("t=")) <= time.time()


def test_a_refused_delivery_is_tried_again_with_growing_pauses(
    create: Create, client: stripe.StripeClient, sandbox: Sandbox, endpoint: Endpoint
) -> None:
    session = create()
    endpoint.answers = [500, 302]
    endpoint.gate.clear()
    client.v1.checkout.sessions.expire(session.id)
    event = client.v1.events.list({}).data[0]
    assert event.pending_webhooks == 1
    endpoint.gate.set()
    endpoint.wait_for("checkout.session.expired", times=3)
    eventually(lambda: client.v1.events.retrieve(event.id).pending_webhooks == 0)
    delivery = sandbox.events()[0]["deliveries"][0]
    assert (delivery["state"], delivery["tries"]) == ("succeeded", 3)
    attempts = delivery["attempts"]
    assert [attempt["status"] for attempt in attempts] == [500, 302, 200]
    assert attempts[2]["answer"] == "thank you"
    assert attempts[1]["at"] - attempts[0]["at"] >= 1
    assert attempts[2]["at"] - attempts[1]["at"] >= 2


def test_an_event_can_be_sent_again(
    create: Create, client: stripe.StripeClient, sandbox: Sandbox, endpoint: Endpoint
) -> None:
    client.v1.checkout.sessions.expire(create().id)
    first = endpoint.wait_for("checkout.session.expired")[0]
    sandbox.resend(first.id)
    assert endpoint.wait_for("checkout.session.expired", times=2)[1].id == first.id


def test_every_endpoint_gets_every_event(tmp_path: Path) -> None:
    with (
        Endpoint() as one,
        Endpoint() as two,
        Sandbox(tmp_path / "two.sqlite3", forward_to=[one.url, two.url]) as sandbox,
    ):
        client = client_of(sandbox)
        two.answers = [500]
        client.v1.checkout.sessions.expire(client.v1.checkout.sessions.create(BOTTLES).id)
        one.wait_for("checkout.session.expired")
        two.wait_for("checkout.session.expired", times=2)
        assert len(one.received) == 1


def test_an_endpoint_that_hangs_does_not_hold_up_another(tmp_path: Path) -> None:
    with (
        Endpoint() as slow,
        Endpoint() as quick,
        Sandbox(tmp_path / "slow.sqlite3", forward_to=[slow.url, quick.url]) as sandbox,
    ):
        slow.gate.clear()
        client = client_of(sandbox)
        for _ in range(4):
            sandbox.pay(client.v1.checkout.sessions.create(BOTTLES).id)
        quick.wait_for("checkout.session.completed", times=4)
        slow.gate.set()


@pytest.mark.parametrize("kill", [False, True])
def test_a_restart_in_the_middle_loses_no_event(tmp_path: Path, kill: bool) -> None:
    with Endpoint() as endpoint, Sandbox(tmp_path / "restart.sqlite3", forward_to=[endpoint.url]) as sandbox:
        client = client_of(sandbox)
        endpoint.answers = [503] * 20
        endpoint.delay = 0.05
        for _ in range(10):
            sandbox.pay(client.v1.checkout.sessions.create(BOTTLES).id)
        sandbox.restart(kill=kill)
        client = client_of(sandbox)
        events = {event.id for event in client.v1.events.list({"limit": 100}).data}
        assert len(events) == 50
        eventually(lambda: {event.id for event in endpoint.received} == events, seconds=20)
        eventually(lambda: all(e.pending_webhooks == 0 for e in client.v1.events.list({"limit": 100}).data), seconds=20)


def test_a_session_expires_by_itself_when_its_time_is_over(tmp_path: Path) -> None:
    with Endpoint() as endpoint, Sandbox(tmp_path / "clock.sqlite3", forward_to=[endpoint.url]) as sandbox:
        client = client_of(sandbox)
        session = client.v1.checkout.sessions.create(BOTTLES)
        sandbox.stop()
        age(sandbox.data, session.id)
        sandbox.start()
        assert endpoint.wait_for("checkout.session.expired")[0].data.object["id"] == session.id
        assert client.v1.checkout.sessions.retrieve(session.id).status == "expired"


def age(data: Path, session_id: str) -> None:
    """Move the session's end into the past, as waiting for half an hour would."""
    with sqlite3.connect(data) as database:
        sql = "UPDATE objects SET body = json_set(body, '$.expires_at', ?) WHERE id = ?"
        assert database.execute(sql, (int(time.time()) - 1, session_id)).rowcount == 1
    database.close()
