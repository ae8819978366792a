"""Faults on demand: what a test can let go wrong."""

import time
from typing import Any

import httpx
import pytest
import stripe

from .conftest import BOTTLES, CARD, Create, client_of
from .endpoint import Endpoint, eventually
from .process import Sandbox

KEYED: stripe.RequestOptions = {"idempotency_key": "attempt-1"}
CREATION = "POST /v1/checkout/sessions"
COMPLETED = "checkout.session.completed"


def test_a_call_can_time_out_after_the_work_was_done(create: Create, sandbox: Sandbox) -> None:
    sandbox.fault("timeout_after", match=CREATION, seconds=30)
    impatient = client_of(sandbox, http_client=stripe.RequestsClient(timeout=0.5))
    with pytest.raises(stripe.APIConnectionError):
        impatient.v1.checkout.sessions.create(BOTTLES, KEYED)
    session = create(options=KEYED)
    assert [found["id"] for found in sandbox.sessions()] == [session.id]
    assert session.last_response.headers["Idempotent-Replayed"] == "true"


def test_the_connection_can_break_before_any_work(create: Create, sandbox: Sandbox) -> None:
    sandbox.fault("drop", match=CREATION)
    with pytest.raises(stripe.APIConnectionError):
        create(options=KEYED)
    assert sandbox.sessions() == []
    assert create(options=KEYED).status == "open"


def test_the_connection_can_break_by_itself_after_the_work(create: Create, sandbox: Sandbox) -> None:
    sandbox.fault("timeout_after", match=CREATION, seconds=0.1)
    with pytest.raises(stripe.APIConnectionError):
        create(options=KEYED)
    assert len(sandbox.sessions()) == 1


@pytest.mark.parametrize(("kind", "made"), [("error_500", 0), ("error_500_after", 1)])
def test_a_call_can_fail_before_or_after_the_work(create: Create, sandbox: Sandbox, kind: str, made: int) -> None:
    sandbox.fault(kind, match=CREATION)
    with pytest.raises(stripe.APIError) as failure:
        create()
    assert failure.value.http_status == 500
    assert len(sandbox.sessions()) == made
    assert create().status == "open"


def test_calls_can_be_rate_limited(create: Create, sandbox: Sandbox) -> None:
    sandbox.fault("rate_limit", times=2)
    for _ in range(2):
        with pytest.raises(stripe.RateLimitError):
            create(options=KEYED)
    assert create(options=KEYED).status == "open"


def test_the_librarys_own_retries_get_over_a_rate_limit(sandbox: Sandbox) -> None:
    sandbox.fault("rate_limit")
    assert client_of(sandbox, max_network_retries=2).v1.checkout.sessions.create(BOTTLES).status == "open"


def test_a_call_can_be_slow(create: Create, sandbox: Sandbox) -> None:
    sandbox.fault("delay", match=CREATION, seconds=0.4)
    began = time.monotonic()
    create()
    assert time.monotonic() - began >= 0.4
    create()
    assert [call["fault"] for call in sandbox.calls()] == ["", "delay"]


def test_only_the_calls_that_match_suffer(create: Create, client: stripe.StripeClient, sandbox: Sandbox) -> None:
    sandbox.fault("error_500", match="POST /v1/checkout/sessions/*/expire")
    session = create()
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"
    with pytest.raises(stripe.APIError):
        client.v1.checkout.sessions.expire(session.id)
    assert sandbox.calls()[0]["fault"] == "error_500"


@pytest.mark.parametrize(
    ("kind", "amount", "currency"), [("wrong_amount", 2600, "eur"), ("wrong_currency", 2500, "usd")]
)
def test_the_payer_can_be_charged_something_else(
    create: Create, client: stripe.StripeClient, sandbox: Sandbox, kind: str, amount: int, currency: str
) -> None:
    sandbox.fault(kind)
    session = create()
    assert (session.amount_total, session.currency) == (2500, "eur")
    sandbox.pay(session.id)
    paid = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge"]})
    assert (paid.amount_total, paid.currency) == (amount, currency)
    intent = paid.payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    assert isinstance(intent.latest_charge, stripe.Charge)
    assert (intent.amount_received, intent.currency) == (amount, currency)
    assert (intent.latest_charge.amount, intent.latest_charge.currency) == (amount, currency)


def test_a_session_can_be_created_over_another_amount(create: Create, sandbox: Sandbox) -> None:
    sandbox.fault("wrong_amount", target="call", match=CREATION, amount=-1)
    assert create().amount_total == 2499
    assert create().amount_total == 2500


def test_an_event_can_lie_about_the_amount(
    create: Create, client: stripe.StripeClient, sandbox: Sandbox, endpoint: Endpoint
) -> None:
    sandbox.fault("wrong_amount", target="delivery", match=COMPLETED)
    session = create()
    sandbox.pay(session.id)
    assert endpoint.wait_for(COMPLETED)[0].data.object["amount_total"] == 2600
    assert client.v1.checkout.sessions.retrieve(session.id).amount_total == 2500


def tries_of(sandbox: Sandbox, kind: str) -> list[int]:
    """The answers to each attempt to deliver the one event of this type; 0 where none came."""
    [event] = sandbox.events(kind)
    return [attempt["status"] for attempt in event["deliveries"][0]["attempts"]]


def test_a_delivery_can_be_lost_and_comes_again(create: Create, sandbox: Sandbox, endpoint: Endpoint) -> None:
    sandbox.fault("drop", target="delivery", match=COMPLETED)
    sandbox.pay(create().id)
    endpoint.wait_for(COMPLETED)
    eventually(lambda: tries_of(sandbox, COMPLETED) == [0, 200])
    assert endpoint.types.count(COMPLETED) == 1


def test_an_answer_can_be_lost_so_that_the_event_comes_again(
    create: Create, sandbox: Sandbox, endpoint: Endpoint
) -> None:
    sandbox.fault("timeout_after", target="delivery", match=COMPLETED)
    sandbox.pay(create().id)
    first, second = endpoint.wait_for(COMPLETED, times=2)
    assert first.id == second.id


def test_a_delivery_can_be_doubled(create: Create, sandbox: Sandbox, endpoint: Endpoint) -> None:
    sandbox.fault("duplicate", match=COMPLETED)
    sandbox.pay(create().id)
    first, second = endpoint.wait_for(COMPLETED, times=2)
    assert first.id == second.id
    eventually(lambda: endpoint.types.count("charge.updated") == 1)


def test_a_delivery_can_be_late(create: Create, sandbox: Sandbox, endpoint: Endpoint) -> None:
    sandbox.fault("delay", target="delivery", match=COMPLETED, seconds=1)
    began = time.monotonic()
    sandbox.pay(create().id)
    endpoint.wait_for(COMPLETED)
    assert time.monotonic() - began >= 1


def test_deliveries_come_in_another_order_that_the_seed_decides(
    create: Create, sandbox: Sandbox, endpoint: Endpoint
) -> None:
    orders = []
    for _ in range(2):
        sandbox.reset(seed=7)
        endpoint.forget()
        sandbox.fault("reorder")
        sandbox.pay(create().id)
        eventually(lambda: len(endpoint.types) == 5)
        orders.append(endpoint.types)
    assert orders[0] == orders[1]
    emitted = [event["type"] for event in sandbox.events()][::-1]
    assert orders[0] != emitted
    assert sorted(orders[0]) == sorted(emitted)


def test_the_completion_can_come_after_the_redirect(
    create: Create, visitor: httpx.Client, sandbox: Sandbox, endpoint: Endpoint
) -> None:
    sandbox.fault("after_redirect", seconds=3600)
    assert visitor.post(create().url, data=CARD).status_code == 303
    endpoint.wait_for("charge.updated")
    assert COMPLETED not in endpoint.types
    sandbox.resend(sandbox.events(COMPLETED)[0]["id"])
    endpoint.wait_for(COMPLETED)


def test_everything_can_come_before_the_redirect(
    create: Create, visitor: httpx.Client, sandbox: Sandbox, endpoint: Endpoint
) -> None:
    sandbox.fault("before_redirect")
    endpoint.delay = 0.2
    assert visitor.post(create().url, data=CARD).status_code == 303
    assert len(endpoint.types) == 5


def test_chance_is_decided_by_the_seed(create: Create, sandbox: Sandbox) -> None:
    def luck(seed: int) -> list[bool]:
        sandbox.reset(seed=seed)
        sandbox.fault("rate_limit", times=100, probability=0.5)
        results = []
        for _ in range(12):
            try:
                create()
                results.append(True)
            except stripe.RateLimitError:
                results.append(False)
        return results

    assert luck(1) == luck(1)
    assert luck(1) != luck(2)


def test_a_reset_forgets_sessions_events_and_faults(create: Create, sandbox: Sandbox) -> None:
    sandbox.pay(create().id)
    sandbox.fault("error_500", times=9)
    sandbox.reset()
    assert (sandbox.sessions(), sandbox.events(), sandbox.calls()) == ([], [], [])
    assert create().status == "open"


def test_faults_can_be_cleared_alone(create: Create, sandbox: Sandbox) -> None:
    session = create()
    sandbox.fault("error_500", times=9)
    sandbox.control("POST", "faults/clear")
    assert create().status == "open"
    assert session.id in [found["id"] for found in sandbox.sessions()]


@pytest.mark.parametrize(
    "order",
    [
        {"kind": "nonsense"},
        {"kind": "rate_limit", "target": "delivery"},
        {"kind": "drop", "times": "x"},
        {"kind": "drop", "colour": 1},
    ],
)
def test_an_order_that_makes_no_sense_is_refused(sandbox: Sandbox, order: dict[str, Any]) -> None:
    with pytest.raises(httpx.HTTPStatusError) as refusal:
        sandbox.control("POST", "faults", **order)
    assert refusal.value.response.status_code == 400
