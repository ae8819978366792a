"""The control room as a person uses it; what tests order of it as JSON is used by all other tests."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import stripe

from .conftest import Create
from .endpoint import Endpoint
from .process import DISPUTED, Sandbox


def test_the_page_shows_what_happened(
    create: Create, visitor: httpx.Client, sandbox: Sandbox, endpoint: Endpoint
) -> None:
    session = create(client_reference_id="order-7")
    sandbox.pay(session.id, card=DISPUTED)
    endpoint.wait_for("charge.dispute.funds_withdrawn")
    page = visitor.get(f"{sandbox.url}/_sandbox/")
    for words in (
        session.id[:20],
        "order-7",
        "€25.00",
        "charge.dispute.created",
        "POST /v1/checkout/sessions",
        "Shop wins",
        endpoint.url,
    ):
        assert words in page.text
    assert "<script" not in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_its_buttons_are_plain_forms(
    create: Create, visitor: httpx.Client, client: stripe.StripeClient, sandbox: Sandbox
) -> None:
    session = create()

    def press(path: str, **fields: str) -> httpx.Response:
        return visitor.post(f"{sandbox.url}/_sandbox/{path}", data=fields or {"x": ""})

    assert press(f"sessions/{session.id}/pay").status_code == 303
    charge = client.v1.charges.list({}).data[0]
    assert press(f"charges/{charge.id}/refund", amount="300").status_code == 303
    assert client.v1.charges.retrieve(charge.id).amount_refunded == 300
    assert press("faults", kind="delivery drop", match="*", times="2", seconds="").status_code == 303
    refused = press(f"sessions/{session.id}/expire")
    assert refused.status_code == 400
    assert "Only Checkout Sessions with a status in" in refused.text


def test_another_site_cannot_give_orders(create: Create, visitor: httpx.Client, sandbox: Sandbox) -> None:
    create()
    refused = visitor.post(f"{sandbox.url}/_sandbox/reset", headers={"Origin": "http://evil.example"})
    assert refused.status_code == 403
    assert len(sandbox.sessions()) == 1


@pytest.mark.parametrize("body", [b"[]", b"{", b"[" * 100_000])
def test_a_body_that_is_no_object_is_a_400(visitor: httpx.Client, sandbox: Sandbox, body: bytes) -> None:
    assert visitor.post(f"{sandbox.url}/_sandbox/faults", content=body).status_code == 400


def test_it_is_healthy_and_leads_visitors_to_the_control_room(visitor: httpx.Client, sandbox: Sandbox) -> None:
    assert visitor.get(f"{sandbox.url}/_sandbox/healthz").text == "ok\n"
    assert visitor.get(sandbox.url).headers["Location"] == "/_sandbox/"


def test_a_reset_waits_for_deliveries_under_way(create: Create, sandbox: Sandbox, endpoint: Endpoint) -> None:
    endpoint.gate.clear()
    sandbox.pay(create().id)
    endpoint.wait_for("checkout.session.completed")
    with ThreadPoolExecutor() as pool:
        reset = pool.submit(sandbox.reset)
        with pytest.raises(TimeoutError):
            reset.result(0.5)
        endpoint.gate.set()
        reset.result()


def test_only_an_open_session_can_be_paid(create: Create, sandbox: Sandbox) -> None:
    late, paid = create(), create()
    sandbox.expire(late.id)
    sandbox.pay(paid.id)
    for session in (late, paid):
        for options in ({}, {"method": "sepa_debit"}):
            with pytest.raises(httpx.HTTPStatusError) as refusal:
                sandbox.pay(session.id, **options)
            assert refusal.value.response.status_code == 400
    assert len(sandbox.events("payment_intent.created")) == 1
