"""Who may call the API."""

from typing import Any

import httpx
import pytest
import stripe

from .conftest import BOTTLES, client_of
from .process import Sandbox


@pytest.mark.parametrize("key", ["sk_test_x", "rk_test_restricted00000000"])
def test_any_test_key_is_accepted(sandbox: Sandbox, key: str) -> None:
    assert client_of(sandbox, key).v1.checkout.sessions.create(BOTTLES).status == "open"


def test_a_key_may_come_as_a_user_name(sandbox: Sandbox) -> None:
    listed = httpx.get(f"{sandbox.url}/v1/events", auth=("sk_test_curl", ""), trust_env=False)
    assert listed.json() == {"object": "list", "data": [], "has_more": False, "url": "/v1/events"}
    assert (
        httpx.get(f"{sandbox.url}/v1/events", headers={"Authorization": "Basic ?"}, trust_env=False).status_code == 401
    )


@pytest.mark.parametrize("key", ["sk_live_0123456789abcdef", "rk_live_0123456789abcdef"])
def test_live_keys_are_refused_and_never_shown(sandbox: Sandbox, key: str) -> None:
    with pytest.raises(stripe.AuthenticationError, match="refuses live keys") as refusal:
        client_of(sandbox, key).v1.checkout.sessions.create(BOTTLES)
    assert key not in str(refusal.value)
    assert key not in str(sandbox.calls())


def test_a_malformed_key_is_a_401_that_shows_only_its_ends(sandbox: Sandbox) -> None:
    with pytest.raises(stripe.AuthenticationError, match=r"Invalid API Key provided: nonsense\*\*\*\*6789"):
        client_of(sandbox, "nonsense-0123456789").v1.checkout.sessions.create(BOTTLES)


def test_no_key_is_a_401(sandbox: Sandbox) -> None:
    answer = httpx.get(f"{sandbox.url}/v1/events", trust_env=False)
    assert answer.status_code == 401
    assert answer.json()["error"]["message"].startswith("You did not provide an API key.")


def test_an_unknown_address_is_stripes_404(sandbox: Sandbox) -> None:
    answer = httpx.post(f"{sandbox.url}/v1/nonsense", auth=("sk_test_x", ""), trust_env=False)
    assert answer.status_code == 404
    assert answer.json()["error"]["message"].startswith("Unrecognized request URL (POST: /v1/nonsense)")


def test_answers_carry_stripes_headers(sandbox: Sandbox) -> None:
    session: Any = client_of(sandbox).v1.checkout.sessions.create(BOTTLES)
    headers = session.last_response.headers
    assert headers["Request-Id"].startswith("req_")
    assert headers["Stripe-Version"] == stripe.api_version


def test_the_journal_keeps_calls_but_no_secrets(sandbox: Sandbox) -> None:
    client_of(sandbox, "sk_test_verysecretindeed123").v1.checkout.sessions.create(BOTTLES)
    session = sandbox.sessions()[0]
    sandbox.pay(session["id"])
    intent = client_of(sandbox).v1.payment_intents.retrieve(sandbox.sessions()[0]["payment_intent"])
    calls = sandbox.calls()
    assert [call["path"] for call in calls] == [f"/v1/payment_intents/{intent.id}", "/v1/checkout/sessions"]
    assert calls[1]["asked"]["mode"] == "payment"
    assert calls[1]["answered"]["id"] == session["id"]
    assert "verysecret" not in str(calls)
    assert intent.client_secret is not None
    assert intent.client_secret not in str(calls)
