"""Disputes: opened by a card, answered with evidence, won and lost."""

import pytest
import stripe

from .conftest import Create
from .endpoint import Endpoint
from .process import DISPUTED, Sandbox


@pytest.fixture
def dispute(create: Create, client: stripe.StripeClient, sandbox: Sandbox) -> stripe.Dispute:
    sandbox.pay(create().id, card=DISPUTED)
    return client.v1.disputes.list({}).data[0]


def test_the_card_ending_in_0259_is_disputed_after_payment(
    dispute: stripe.Dispute, client: stripe.StripeClient, endpoint: Endpoint
) -> None:
    assert (dispute.amount, dispute.reason, dispute.status) == (2500, "fraudulent", "needs_response")
    opened = endpoint.wait_for("charge.dispute.created")[0]
    assert opened.data.object["id"] == dispute.id
    endpoint.wait_for("charge.dispute.funds_withdrawn")
    charge = client.v1.charges.retrieve(str(dispute.charge))
    assert (charge.disputed, charge.payment_intent) == (True, dispute.payment_intent)
    assert [entry.amount for entry in dispute.balance_transactions] == [-2500]
    assert client.v1.disputes.list({"charge": charge.id}).data[0].id == dispute.id
    assert client.v1.disputes.list({"payment_intent": "pi_other"}).data == []


def test_a_disputed_charge_cannot_be_refunded(dispute: stripe.Dispute, client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.refunds.create({"charge": str(dispute.charge)})
    assert refusal.value.code == "charge_disputed"


@pytest.mark.parametrize(("evidence", "status"), [("winning_evidence", "won"), ("losing_evidence", "lost")])
def test_stripes_test_words_decide_it(
    dispute: stripe.Dispute, client: stripe.StripeClient, endpoint: Endpoint, evidence: str, status: str
) -> None:
    answered = client.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": evidence}, "submit": True})
    assert (answered.status, answered.evidence_details.submission_count) == (status, 1)
    endpoint.wait_for("charge.dispute.updated")
    assert endpoint.wait_for("charge.dispute.closed")[0].data.object["status"] == status
    kinds = [event.type for event in client.v1.events.list({"limit": 100}).data]
    assert ("charge.dispute.funds_reinstated" in kinds) == (status == "won")
    balance = sum(entry.amount for entry in client.v1.balance_transactions.list({}).data)
    assert balance == (2500 if status == "won" else 0)


def test_evidence_can_be_staged_and_sent_later(
    dispute: stripe.Dispute, client: stripe.StripeClient, sandbox: Sandbox
) -> None:
    staged = client.v1.disputes.update(
        dispute.id, {"evidence": {"customer_name": "Ada"}, "submit": False, "metadata": {"a": "1"}}
    )
    assert (staged.status, staged.evidence.customer_name) == ("needs_response", "Ada")
    sent = client.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": "our words"}, "submit": True})
    assert (sent.status, sent.evidence.customer_name) == ("under_review", "Ada")
    with pytest.raises(stripe.InvalidRequestError, match="already under_review"):
        client.v1.disputes.update(dispute.id, {"evidence": {"customer_name": "Eve"}})
    assert sandbox.control("POST", f"disputes/{dispute.id}/decide", outcome="won")["status"] == "won"


def test_giving_up_loses_it_once(dispute: stripe.Dispute, client: stripe.StripeClient) -> None:
    assert client.v1.disputes.close(dispute.id).status == "lost"
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.disputes.close(dispute.id)
    assert refusal.value.code == "dispute_already_closed"


def test_a_test_can_dispute_any_card_payment(create: Create, client: stripe.StripeClient, sandbox: Sandbox) -> None:
    sandbox.pay(create().id)
    charge = client.v1.charges.list({}).data[0]
    opened = sandbox.control("POST", f"charges/{charge.id}/dispute", reason="product_not_received")
    assert client.v1.disputes.retrieve(opened["id"]).reason == "product_not_received"
