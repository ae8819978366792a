"""Amounts: minor units, zero-decimal currencies, sums that hold to the unit."""

from typing import Any

import pytest
import stripe
from hypothesis import HealthCheck, assume, given, settings, strategies

from stripe_sandbox import money

from .conftest import BOTTLES, Create, client_of, line
from .process import Sandbox

QUIETLY = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize(("currency", "least"), [("usd", 50), ("eur", 50), ("gbp", 30), ("jpy", 50), ("huf", 17500)])
def test_less_than_stripes_minimum_is_refused(create: Create, currency: str, least: int) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="must add up to at least") as refusal:
        create(line_items=[line(least - 1, 1, currency=currency)])
    assert refusal.value.code == "amount_too_small"
    assert create(line_items=[line(least, 1, currency=currency)]).amount_total == least


def test_more_than_stripes_maximum_is_refused(create: Create) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        create(line_items=[line(99_999_999, 2)])
    assert refusal.value.code == "amount_too_large"


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [(4640, "eur", "€46.40"), (500, "jpy", "¥500"), (12340, "kwd", "12.340 KWD"), (123456789, "usd", "$1,234,567.89")],
)
def test_amounts_are_shown_as_people_read_them(amount: int, currency: str, words: str) -> None:
    assert money.display(amount, currency) == words


def test_currencies_with_a_coarser_step_refuse_fractions_of_it(create: Create) -> None:
    for currency, amount in (("kwd", 1235), ("isk", 12345)):
        with pytest.raises(stripe.InvalidRequestError, match="divisible by"):
            create(line_items=[line(amount, 1, currency=currency)])


def test_a_zero_decimal_currency_is_not_multiplied(
    create: Create, client: stripe.StripeClient, sandbox: Sandbox
) -> None:
    session = create(line_items=[line(500, 3, currency="jpy")])
    sandbox.pay(session.id)
    found = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert isinstance(found.payment_intent, stripe.PaymentIntent)
    assert (found.payment_intent.amount_received, found.payment_intent.currency) == (1500, "jpy")


lines = strategies.lists(
    strategies.tuples(strategies.integers(0, 50_000), strategies.integers(1, 20)), min_size=1, max_size=6
)
shipping = strategies.integers(0, 3_000)
percents = strategies.integers(1, 10_000).map(lambda number: number / 100)


@QUIETLY
@given(sold=lines, carriage=shipping, percent=strategies.none() | percents)
def test_totals_add_up_to_the_unit(
    sandbox: Sandbox, sold: list[tuple[int, int]], carriage: int, percent: float | None
) -> None:
    client = client_of(sandbox)
    rate = {"display_name": "Standard", "fixed_amount": {"amount": carriage, "currency": "eur"}}
    subtotal = sum(amount * quantity for amount, quantity in sold)
    assume(subtotal >= 10_000 and (percent or 0) < 99)
    values: Any = {
        **BOTTLES,
        "line_items": [line(amount, quantity) for amount, quantity in sold],
        "shipping_options": [{"shipping_rate_data": rate}],
        "expand": ["line_items", "total_details.breakdown"],
    }
    if percent is not None:
        values["discounts"] = [{"coupon": client.v1.coupons.create({"percent_off": percent}).id}]
    session = client.v1.checkout.sessions.create(values)
    details, items = session.total_details, session.line_items
    assert details is not None
    assert items is not None
    assert session.amount_subtotal == subtotal == sum(item.amount_subtotal for item in items.data)
    assert session.amount_total == subtotal - details.amount_discount + carriage
    assert sum(item.amount_discount for item in items.data) == details.amount_discount
    assert sum(item.amount_total for item in items.data) + carriage == session.amount_total
    assert all(0 <= item.amount_discount <= item.amount_subtotal for item in items.data)
    assert abs(details.amount_discount - subtotal * (percent or 0) / 100) <= 0.5001


@given(strategies.lists(strategies.integers(0, 10**9), min_size=1, max_size=20), strategies.floats(0, 1))
def test_a_discount_is_shared_out_without_losing_or_overdrawing(weights: list[int], part: float) -> None:
    total = min(int(sum(weights) * part), sum(weights))
    shares = money.shares(total, weights)
    assert sum(shares) == (total if sum(weights) else 0)
    assert all(0 <= share <= weight for share, weight in zip(shares, weights, strict=True))


@QUIETLY
@given(parts=strategies.lists(strategies.integers(1, 2_500), min_size=1, max_size=6))
def test_refunds_never_exceed_what_was_paid(sandbox: Sandbox, parts: list[int]) -> None:
    client = client_of(sandbox)
    session = client.v1.checkout.sessions.create(BOTTLES)
    intent = sandbox.pay(session.id)["session"]["payment_intent"]
    left = 2_500
    for part in parts:
        if part <= left:
            client.v1.refunds.create({"payment_intent": intent, "amount": part})
            left -= part
        else:
            with pytest.raises(
                stripe.InvalidRequestError, match=r"greater than unrefunded amount|already been refunded"
            ):
                client.v1.refunds.create({"payment_intent": intent, "amount": part})
    charge = client.v1.charges.list({"payment_intent": intent}).data[0]
    assert (charge.amount_refunded, charge.refunded) == (2_500 - left, left == 0)
    moved = [entry.amount for entry in client.v1.balance_transactions.list({"limit": 100}).data if entry.source]
    assert sum(moved[: len(client.v1.refunds.list({"payment_intent": intent}).data) + 1]) == left
