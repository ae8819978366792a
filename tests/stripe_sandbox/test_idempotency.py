"""Idempotency keys."""

import threading
from typing import Any

import pytest
import stripe
from hypothesis import HealthCheck, given, settings, strategies

from .conftest import BOTTLES, Create, client_of, line
from .endpoint import eventually
from .process import Sandbox

KEYED: stripe.RequestOptions = {"idempotency_key": "order-7-attempt-1"}


def test_the_same_key_replays_the_first_answer(create: Create, sandbox: Sandbox) -> None:
    first = create(options=KEYED)
    again = create(options=KEYED)
    assert again.to_dict() == first.to_dict()
    assert len(sandbox.sessions()) == 1
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert again.last_response.headers["Original-Request"] == first.last_response.headers["Request-Id"]
    assert again.last_response.headers["Request-Id"] != first.last_response.headers["Request-Id"]


def test_a_replay_shows_the_first_answer_even_after_things_changed(create: Create, sandbox: Sandbox) -> None:
    session = create(options=KEYED)
    sandbox.pay(session.id)
    assert create(options=KEYED).status == "open"


def test_changed_parameters_are_refused(create: Create) -> None:
    create(options=KEYED)
    with pytest.raises(stripe.IdempotencyError, match="same parameters they were first used with") as refusal:
        create(client_reference_id="other", options=KEYED)
    assert refusal.value.http_status == 400


def test_another_endpoint_is_refused(create: Create, client: stripe.StripeClient) -> None:
    create(options=KEYED)
    with pytest.raises(stripe.IdempotencyError, match="same endpoint they were first used for"):
        client.v1.coupons.create({"percent_off": 10}, KEYED)


def test_a_second_call_while_the_first_is_in_flight_is_a_409(create: Create, sandbox: Sandbox) -> None:
    sandbox.fault("delay", match="POST /v1/checkout/sessions", seconds=1)
    first: list[stripe.checkout.Session] = []
    thread = threading.Thread(target=lambda: first.append(create(options=KEYED)))
    thread.start()
    eventually(lambda: sandbox.control("GET", "faults")["data"][0]["used"])
    with pytest.raises(stripe.StripeError, match="another in-progress request") as refusal:
        create(options=KEYED)
    thread.join(10)
    assert refusal.value.http_status == 409
    assert refusal.value.error is not None
    assert refusal.value.error.code == "idempotency_key_in_use"
    assert create(options=KEYED).id == first[0].id


def test_what_failed_validation_is_not_kept(create: Create) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        create(mode="gift", options=KEYED)
    assert create(options=KEYED).status == "open"


def test_what_failed_in_execution_is_replayed(create: Create, client: stripe.StripeClient) -> None:
    session = create()
    client.v1.checkout.sessions.expire(session.id)
    for replayed in (None, "true"):
        with pytest.raises(stripe.InvalidRequestError, match="can be expired") as refusal:
            client.v1.checkout.sessions.expire(session.id, options=KEYED)
        assert refusal.value.headers is not None
        assert refusal.value.headers.get("Idempotent-Replayed") == replayed


def test_a_500_is_replayed_although_the_session_exists(create: Create, sandbox: Sandbox) -> None:
    sandbox.fault("error_500_after")
    for _ in range(2):
        with pytest.raises(stripe.APIError) as failure:
            create(options=KEYED)
        assert failure.value.http_status == 500
    assert len(sandbox.sessions()) == 1


def test_keys_survive_a_restart(create: Create, sandbox: Sandbox) -> None:
    first = create(options=KEYED)
    sandbox.restart(kill=True)
    assert create(options=KEYED).id == first.id


def test_a_key_of_256_characters_is_refused(create: Create) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="at most 255"):
        create(options={"idempotency_key": "x" * 256})


steps = strategies.lists(strategies.tuples(strategies.sampled_from("abc"), strategies.integers(1, 3)), max_size=12)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_one_key_makes_one_session_whatever_is_sent_in_whatever_order(
    sandbox: Sandbox, steps: list[tuple[str, int]]
) -> None:
    sandbox.reset()
    client = client_of(sandbox)
    model: dict[str, tuple[int, str]] = {}
    for key, quantity in steps:
        values: Any = {**BOTTLES, "line_items": [line(quantity=quantity)]}
        if model.get(key, (quantity, ""))[0] != quantity:
            with pytest.raises(stripe.IdempotencyError):
                client.v1.checkout.sessions.create(values, {"idempotency_key": key})
            continue
        session = client.v1.checkout.sessions.create(values, {"idempotency_key": key})
        assert model.setdefault(key, (quantity, session.id))[1] == session.id
    assert {session["id"] for session in sandbox.sessions()} == {session for _, session in model.values()}
