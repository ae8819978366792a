"""Refunds: in full, in part, and the ways they turn out."""

import httpx
import pytest
import stripe

from .conftest import Create
from .endpoint import Endpoint
from .process import Sandbox

REFUND_PENDS, REFUND_FAILS = "4000000000007726", "4000000000005126"


def paid(create: Create, sandbox: Sandbox, **options: str) -> str:
    """The intent of a paid session of 25.00 EUR."""
    return sandbox.pay(create().id, **options)["session"]["payment_intent"]


def charge_of(client: stripe.StripeClient, intent: str) -> stripe.Charge:
    return client.v1.charges.list({"payment_intent": intent}).data[0]


def test_a_full_refund(create: Create, client: stripe.StripeClient, sandbox: Sandbox, endpoint: Endpoint) -> None:
    intent = paid(create, sandbox)
    refund = client.v1.refunds.create(
        {"payment_intent": intent, "reason": "requested_by_customer", "metadata": {"a": "b"}}
    )
    assert (refund.amount, refund.status, refund.reason) == (2500, "succeeded", "requested_by_customer")
    assert refund.to_dict()["metadata"] == {"a": "b"}
    charge = charge_of(client, intent)
    assert (charge.amount_refunded, charge.refunded, refund.charge) == (2500, True, charge.id)
    endpoint.wait_for("refund.created")
    refunded = endpoint.wait_for("charge.refunded")[0]
    assert refunded.data.object["amount_refunded"] == 2500
    assert refunded.data.to_dict()["previous_attributes"] == {"amount_refunded": 0}
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.refunds.create({"payment_intent": intent})
    assert refusal.value.code == "charge_already_refunded"


def test_partial_refunds_by_charge_add_up(create: Create, client: stripe.StripeClient, sandbox: Sandbox) -> None:
    charge = charge_of(client, paid(create, sandbox))
    for amount, left in ((1000, 1500), (500, 1000)):
        client.v1.refunds.create({"charge": charge.id, "amount": amount})
        assert charge_of(client, str(charge.payment_intent)).amount_refunded == 2500 - left
    with pytest.raises(
        stripe.InvalidRequestError, match=r"\(€10\.01\) is greater than unrefunded amount on charge \(€10\.00\)"
    ):
        client.v1.refunds.create({"charge": charge.id, "amount": 1001})
    found = client.v1.charges.retrieve(charge.id, {"expand": ["refunds"]})
    assert found.refunds is not None
    assert [refund.amount for refund in found.refunds.data] == [500, 1000]


def test_a_refund_takes_money_off_the_balance(create: Create, client: stripe.StripeClient, sandbox: Sandbox) -> None:
    intent = paid(create, sandbox)
    refund = client.v1.refunds.create({"payment_intent": intent, "amount": 700}, {})
    entry = client.v1.balance_transactions.retrieve(str(refund.balance_transaction))
    assert (entry.amount, entry.type, entry.source) == (-700, "refund", refund.id)
    assert [entry.type for entry in client.v1.balance_transactions.list({}).data] == ["refund", "charge"]
    assert len(client.v1.balance_transactions.list({"type": "charge"}).data) == 1


def test_refunds_are_retrieved_listed_and_annotated(
    create: Create, client: stripe.StripeClient, sandbox: Sandbox, endpoint: Endpoint
) -> None:
    intent, other = paid(create, sandbox), paid(create, sandbox)
    refund = client.v1.refunds.create({"payment_intent": intent, "metadata": {"keep": "1", "drop": "2"}})
    client.v1.refunds.create({"payment_intent": other})
    assert [found.id for found in client.v1.refunds.list({"payment_intent": intent}).data] == [refund.id]
    updated = client.v1.refunds.update(refund.id, {"metadata": {"drop": "", "new": "3"}})
    assert updated.to_dict()["metadata"] == {"keep": "1", "new": "3"}
    assert client.v1.refunds.retrieve(refund.id).to_dict() == updated.to_dict()
    endpoint.wait_for("refund.updated")


def test_a_refund_can_pend_and_then_succeed(
    create: Create, client: stripe.StripeClient, sandbox: Sandbox, endpoint: Endpoint
) -> None:
    refund = client.v1.refunds.create({"payment_intent": paid(create, sandbox, card=REFUND_PENDS)})
    assert refund.status == "pending"
    updated = endpoint.wait_for("refund.updated")[0]
    assert updated.data.object["status"] == "succeeded"


def test_a_refund_can_succeed_and_then_fail(
    create: Create, client: stripe.StripeClient, sandbox: Sandbox, endpoint: Endpoint
) -> None:
    intent = paid(create, sandbox, card=REFUND_FAILS)
    refund = client.v1.refunds.create({"payment_intent": intent})
    assert refund.status == "succeeded"
    failed = endpoint.wait_for("refund.failed")[0].data.object
    assert (failed["status"], failed["failure_reason"]) == ("failed", "expired_or_canceled_card")
    assert charge_of(client, intent).amount_refunded == 0
    entries = client.v1.balance_transactions.list({}).data
    assert sum(entry.amount for entry in entries) == 2500


def test_a_test_can_let_any_refund_fail_once(create: Create, client: stripe.StripeClient, sandbox: Sandbox) -> None:
    refund = client.v1.refunds.create({"payment_intent": paid(create, sandbox)})
    assert sandbox.control("POST", f"refunds/{refund.id}/fail")["status"] == "failed"
    with pytest.raises(httpx.HTTPStatusError):
        sandbox.control("POST", f"refunds/{refund.id}/fail")


def test_only_a_refund_that_waits_for_the_payer_can_be_canceled(
    create: Create, client: stripe.StripeClient, sandbox: Sandbox
) -> None:
    card = client.v1.refunds.create({"payment_intent": paid(create, sandbox)})
    with pytest.raises(stripe.InvalidRequestError, match="status of succeeded"):
        client.v1.refunds.cancel(card.id)
    session = create(
        line_items=[
            {"price_data": {"currency": "chf", "unit_amount": 900, "product_data": {"name": "A"}}, "quantity": 1}
        ]
    )
    sandbox.pay(session.id, method="customer_balance")
    intent = sandbox.settle(session.id)["payment_intent"]
    transfer = client.v1.refunds.create({"payment_intent": intent})
    assert transfer.status == "requires_action"
    assert client.v1.refunds.cancel(transfer.id).status == "canceled"
    assert charge_of(client, intent).amount_refunded == 0


def test_what_was_not_paid_cannot_be_refunded(create: Create, client: stripe.StripeClient, sandbox: Sandbox) -> None:
    session = sandbox.pay(create().id, card="4000000000000002")["session"]
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        client.v1.refunds.create({"payment_intent": session["payment_intent"]})
    with pytest.raises(stripe.InvalidRequestError, match="payment_intent or charge"):
        client.v1.refunds.create({"amount": 5})


def test_a_double_click_with_one_key_refunds_once(
    create: Create, client: stripe.StripeClient, sandbox: Sandbox
) -> None:
    intent = paid(create, sandbox)
    for _ in range(2):
        client.v1.refunds.create({"payment_intent": intent, "amount": 700}, {"idempotency_key": "refund-1"})
    assert charge_of(client, intent).amount_refunded == 700


def test_a_refund_from_the_dashboard(
    create: Create, client: stripe.StripeClient, sandbox: Sandbox, endpoint: Endpoint
) -> None:
    charge = charge_of(client, paid(create, sandbox))
    sandbox.control("POST", f"charges/{charge.id}/refund", amount=300)
    assert endpoint.wait_for("charge.refunded")[0].data.object["amount_refunded"] == 300
