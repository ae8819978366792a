"""Coupons in a cart: what they take off, what they lack, and the sentence that says so."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cart import coupons, defaults, services
from cart.models import Cart, Coupon, CouponUse
from cart.models.coupons import customer_key
from cart.pricing import CustomerFacts, Quote, Rule, quote
from tests.checkout import filled_cart
from tests.factories import CategoryFactory, CouponFactory, VariantFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _rules(db: None) -> None:
    defaults.load()


def with_coupons(*offered: Coupon, price: str = "20", quantity: int = 1, **facts: Any) -> Quote:
    """The quote of a cart with one variant and these coupons."""
    cart = filled_cart(VariantFactory(price=price, stock=50), quantity=quantity)
    Cart.objects.update(coupon_codes=[coupon.code for coupon in offered])
    cart.refresh_from_db()
    return quote(cart, customer=CustomerFacts(**facts))


def said(priced: Quote) -> list[Rule]:
    return [rule for rule in priced.rules if rule.code]


def test_a_percentage_comes_off_every_line() -> None:
    # 3 x 12.35 = 37.05, ten percent of it 3.705 -> 3.71; the rest contains 33.34 * 19/119 = 5.3232 -> 5.32.
    priced = with_coupons(CouponFactory(code="TEN"), price="12.35", quantity=3)
    assert (priced.subtotal, priced.discount) == (Decimal("37.05"), Decimal("3.71"))
    assert priced.lines[0].tax == Decimal("5.32")
    assert priced.total == Decimal("33.34") + priced.shipping
    assert said(priced) == [Rule(True, "TEN takes 10% off: you save €3.71.", "TEN")]


def test_an_amount_comes_off_once_and_never_more_than_there_is() -> None:
    five = CouponFactory(code="FIVE", kind="amount", value=5)
    assert with_coupons(five, price="2", quantity=4).discount == 5
    assert with_coupons(five, price="2").discount == 2
    assert with_coupons(five, price="2").subtotal == 2


def test_an_amount_is_split_over_the_lines_to_the_cent() -> None:
    # 10.00 over 10.00 + 20.00 + 3.00: 3.0303, 6.0606, 0.9091 -> 3.03, 6.06 and, with the largest remainder, 0.91.
    cart = filled_cart(VariantFactory(price=10), VariantFactory(price=20), VariantFactory(price=3))
    services.enter_coupon(cart, CouponFactory(kind="amount", value=10).code)
    assert [line.discount for line in quote(cart).lines] == [Decimal("3.03"), Decimal("6.06"), Decimal("0.91")]


def test_a_coupon_for_a_shelf_counts_for_the_shelves_in_it() -> None:
    wines = CategoryFactory(name="Wines")
    red = CategoryFactory(name="Red", parent=wines)
    deep = CategoryFactory(parent=CategoryFactory(parent=CategoryFactory(parent=red)))
    cart = filled_cart(VariantFactory(product__category=deep, price=10), VariantFactory(price=50))
    services.enter_coupon(cart, CouponFactory(code="WINE", category=wines).code)
    priced = quote(cart)
    assert [line.discount for line in priced.lines] == [1, 0]
    assert said(priced)[0].text == "WINE takes 10% off Wines: you save €1.00."


def test_a_coupon_for_another_product_says_what_it_is_for() -> None:
    other = VariantFactory().product
    priced = with_coupons(CouponFactory(code="ONE", product=other))
    assert priced.discount == 0
    assert said(priced) == [Rule(False, f"ONE is for {other.name} only.", "ONE")]


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        ({"minimum_spend": "24.10"}, "Spend €4.10 more to use SAVE."),
        ({"minimum_quantity": 2}, "SAVE needs 2 units: your cart has 1."),
        ({"active": False}, "SAVE is no longer valid."),
        ({"valid_until": timezone.now() - timedelta(seconds=1)}, "SAVE is no longer valid."),
        ({"valid_from": timezone.now() + timedelta(days=400)}, "SAVE is valid from"),
        ({"limit": 3, "used": 3}, "SAVE has been used up."),
    ],
)
def test_a_coupon_that_does_not_apply_says_why(condition: dict[str, Any], sentence: str) -> None:
    priced = with_coupons(CouponFactory(code="SAVE", **condition))
    assert priced.discount == 0
    assert not priced.coupons
    assert said(priced)[0].text.startswith(sentence)
    assert not said(priced)[0].applied


@pytest.mark.parametrize(
    "condition",
    [
        {"minimum_spend": 20},
        {"minimum_quantity": 1},
        {"valid_from": timezone.now() - timedelta(days=1), "valid_until": timezone.now() + timedelta(days=1)},
        {"limit": 3, "used": 2},
        {"first_order_only": True},
        {"limit_per_customer": 1},
    ],
)
def test_a_coupon_whose_conditions_are_met_applies(condition: dict[str, Any]) -> None:
    assert with_coupons(CouponFactory(**condition), email="kim@example.com").discount == 2


def test_a_coupon_for_a_first_order_is_refused_to_a_customer_who_paid_one() -> None:
    priced = with_coupons(CouponFactory(code="HI", first_order_only=True), email="kim@example.com", paid_orders=1)
    assert said(priced) == [Rule(False, "HI is for a first order only.", "HI")]


@pytest.mark.parametrize(("limit", "words"), [(1, "once per customer"), (2, "2 times per customer")])
def test_a_customer_uses_a_coupon_as_often_as_it_allows_whatever_the_case_of_the_address(
    limit: int, words: str
) -> None:
    coupon = CouponFactory(limit_per_customer=limit)
    for number in range(limit):
        assert with_coupons(coupon, email="KIM@example.com").discount == 2
        CouponUse.objects.create(coupon=coupon, reference=str(number), customer=customer_key("kim@example.com"))
    assert words in said(with_coupons(coupon, email="KIM@example.com"))[0].text
    assert with_coupons(coupon, email="sam@example.com").discount == 2


def test_percentages_come_before_amounts_in_whatever_order_they_were_entered() -> None:
    # 20.00 less ten percent is 18.00, less 5.00 is 13.00.
    five = CouponFactory(code="FIVE", kind="amount", value=5, stackable=True)
    ten = CouponFactory(code="TEN", stackable=True)
    for entered in ([five, ten], [ten, five]):
        priced = with_coupons(*entered)
        assert [(coupon.code, coupon.amount) for coupon in priced.coupons] == [("TEN", 2), ("FIVE", 5)]
        assert priced.total - priced.shipping == 13


def test_the_first_of_two_that_do_not_go_together_counts() -> None:
    one, two = CouponFactory(code="ONE", stackable=True), CouponFactory(code="TWO")
    priced = with_coupons(one, two)
    assert [coupon.code for coupon in priced.coupons] == ["ONE"]
    assert said(priced)[1].text == "TWO cannot be used together with ONE."
    cart = filled_cart()
    services.enter_coupon(cart, "ONE")
    with pytest.raises(services.CouponRefused, match="TWO cannot be used together with ONE"):
        services.enter_coupon(cart, "TWO")


def test_free_shipping_counts_what_is_left_after_the_discount() -> None:
    # The parcel is free from 120.00; 125.00 less ten percent is 112.50.
    priced = with_coupons(CouponFactory(), price="125")
    assert priced.shipping == Decimal("6.90")
    assert Rule(False, "Spend €7.50 more for free shipping.") in priced.rules


def test_a_deleted_coupon_is_named_and_can_be_taken_out() -> None:
    coupon = CouponFactory(code="OLD")
    cart = filled_cart()
    services.enter_coupon(cart, "old")
    coupon.delete()
    assert said(quote(cart)) == [Rule(False, "OLD is no longer valid.", "OLD")]
    services.drop_coupon(cart, "OLD")
    assert not said(quote(cart))


@pytest.mark.parametrize("typed", ["welcome10", " WELCOME 10 ", "Welcome-10"])
def test_a_code_counts_whatever_its_case_spaces_and_dashes(client: Client, typed: str) -> None:
    CouponFactory(code="WELCOME10")
    client.post(reverse("cart:cart_add", args=[VariantFactory(price=20).pk]))
    page = client.post(reverse("cart:coupon_enter"), {"code": typed}, follow=True).content.decode()
    assert "WELCOME10 takes 10% off: you save €2.00." in page
    client.post(reverse("cart:coupon_enter"), {"code": typed})
    assert Cart.objects.get().coupon_codes == ["WELCOME10"]
    page = client.post(reverse("cart:coupon_drop"), {"code": "WELCOME10"}, follow=True).content.decode()
    assert "WELCOME10" not in page


@pytest.mark.parametrize("typed", ["", "nothing", "<b>x</b>", "x" * 5000, "💣", "a\x00b", "٣", "' OR 1=1"])
def test_a_code_that_is_none_changes_nothing(client: Client, typed: str) -> None:
    client.post(reverse("cart:cart_add", args=[VariantFactory().pk]))
    response = client.post(reverse("cart:coupon_enter"), {"code": typed}, follow=True)
    assert response.status_code in {200, 400}
    assert "<b>x" not in response.content.decode()
    assert Cart.objects.get().coupon_codes == []


def test_a_cart_takes_ten_codes() -> None:
    cart = filled_cart()
    for _n in range(10):
        services.enter_coupon(cart, CouponFactory(stackable=True).code)
    with pytest.raises(services.CouponRefused):
        services.enter_coupon(cart, CouponFactory(stackable=True).code)
    assert len(quote(cart).coupons) == 10


def test_coupons_made_at_once_have_codes_of_their_own_that_nobody_mixes_up() -> None:
    pattern = Coupon(kind="amount", value=5, batch="autumn", limit=1)
    made = coupons.make_many(pattern, 300, prefix="AUT")
    assert Coupon.objects.filter(batch="autumn", value=5, limit=1, used=0).count() == 300
    assert len({coupon.code for coupon in made}) == 300
    letters = {letter for coupon in made for letter in coupon.code.removeprefix("AUT")}
    assert letters <= set(coupons.ALPHABET)
    assert not letters & set("01OI")
