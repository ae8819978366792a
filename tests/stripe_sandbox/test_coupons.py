"""Coupons made through the API, taken off a session."""

import time

import pytest
import stripe

from .conftest import Create, line
from .process import Sandbox


def test_an_amount_is_taken_off_and_never_more_than_the_lines(create: Create, client: stripe.StripeClient) -> None:
    coupon = client.v1.coupons.create({"amount_off": 500, "currency": "eur", "name": "Welcome"})
    assert create(discounts=[{"coupon": coupon.id}]).amount_total == 2000
    assert create(discounts=[{"coupon": coupon.id}], line_items=[line(300, 1)]).amount_total == 0


def test_a_percentage_is_taken_off_and_shown_in_the_breakdown(create: Create, client: stripe.StripeClient) -> None:
    coupon = client.v1.coupons.create({"percent_off": 12.5})
    session = create(discounts=[{"coupon": coupon.id}], expand=["total_details.breakdown", "line_items"])
    assert session.amount_total == 2187
    assert session.discounts is not None
    assert session.discounts[0].coupon == coupon.id
    assert session.total_details is not None
    assert session.total_details.breakdown is not None
    assert [entry.amount for entry in session.total_details.breakdown.discounts] == [313]


def test_a_coupon_counts_paid_sessions_and_then_is_used_up(
    create: Create, client: stripe.StripeClient, sandbox: Sandbox
) -> None:
    coupon = client.v1.coupons.create({"percent_off": 10, "max_redemptions": 1})
    session = create(discounts=[{"coupon": coupon.id}])
    sandbox.pay(session.id)
    used = client.v1.coupons.retrieve(coupon.id)
    assert (used.times_redeemed, used.valid) == (1, False)
    with pytest.raises(stripe.InvalidRequestError, match="expired and cannot be applied"):
        create(discounts=[{"coupon": coupon.id}])


def test_a_coupon_of_the_past_is_refused(create: Create, client: stripe.StripeClient) -> None:
    coupon = client.v1.coupons.create({"percent_off": 10, "redeem_by": int(time.time()) - 1})
    assert coupon.valid is True
    assert client.v1.coupons.retrieve(coupon.id).valid is False
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        create(discounts=[{"coupon": coupon.id}])
    assert refusal.value.code == "coupon_expired"


def test_a_coupon_keeps_the_id_it_was_given_once(client: stripe.StripeClient) -> None:
    assert client.v1.coupons.create({"id": "SPRING", "percent_off": 10}).id == "SPRING"
    with pytest.raises(stripe.InvalidRequestError, match="already exists"):
        client.v1.coupons.create({"id": "SPRING", "percent_off": 20})


@pytest.mark.parametrize("values", [{}, {"percent_off": 10, "amount_off": 5}, {"amount_off": 5}, {"percent_off": 101}])
def test_a_coupon_that_makes_no_sense_is_refused(
    client: stripe.StripeClient, values: stripe.params.CouponCreateParams
) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.coupons.create(values)


def test_a_coupon_in_another_currency_is_refused(create: Create, client: stripe.StripeClient) -> None:
    coupon = client.v1.coupons.create({"amount_off": 500, "currency": "usd"})
    with pytest.raises(stripe.InvalidRequestError, match="currency"):
        create(discounts=[{"coupon": coupon.id}])
