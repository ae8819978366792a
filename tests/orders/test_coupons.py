"""Coupons and orders: claimed with the order, given back when it ends unpaid, taken again when it is paid late."""

import contextlib
import threading
from collections import Counter

import pytest
from django.db import transaction
from django.test import Client

from cart import coupons, defaults, services as carts
from cart.coupons import CouponGone
from cart.models import Cart, Coupon, CouponUse
from cart.pricing import quote
from orders import services, transitions
from orders.models import Order
from shop.models import Variant
from shop.stock import OutOfStock
from tests.checkout import ADDRESS, filled_cart, pay, place
from tests.factories import CouponFactory, VariantFactory
from tests.races import most_connections, run_together

SHOPPERS = 50
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _rules(db: None) -> None:
    defaults.load()


def cart_with(coupon: Coupon, variant: Variant | None = None) -> Cart:
    cart = filled_cart(variant or VariantFactory(price=20))
    carts.enter_coupon(cart, coupon.code)
    return cart


def used(coupon: Coupon) -> int:
    coupon.refresh_from_db()
    return coupon.used


def end(order: Order) -> None:
    with transaction.atomic():
        services.end(transitions.lock(order.pk), Order.Status.EXPIRED, actor="test")


def test_an_order_keeps_the_coupon_and_each_lines_discount() -> None:
    coupon = CouponFactory(code="TEN")
    order = place(cart_with(coupon))
    item = order.line_items.get()
    assert order.coupon_codes == ["TEN"]
    assert (order.subtotal, order.discount) == (20, 2)
    assert (item.subtotal, item.discount, item.total) == (20, 2, 18)
    assert order.total == order.subtotal - order.discount + order.shipping
    assert used(coupon) == 1
    use = CouponUse.objects.get()
    assert use.reference == order.number
    assert "kim" not in use.customer


def test_placing_again_uses_the_coupon_once_even_its_last_use() -> None:
    coupon = CouponFactory(limit=1, limit_per_customer=1, first_order_only=True)
    cart = cart_with(coupon)
    first = place(cart)
    cart.refresh_from_db()
    assert quote(cart).discount == 2, "the cart's own order keeps it"
    assert place(cart) == first
    assert used(coupon) == 1


def test_63_a_second_submit_with_what_the_cart_was_before_finds_the_same_order() -> None:
    cart = cart_with(CouponFactory(limit=1))
    stale = Cart.objects.get(pk=cart.pk)
    shown = services.quote_for(cart, ADDRESS).fingerprint
    customer = services.Customer(ADDRESS, language="en")
    first = services.place_order(cart, customer, fingerprint=shown)
    assert services.place_order(stale, customer, fingerprint=shown) == first


def test_an_order_that_ends_unpaid_gives_its_coupon_back_once() -> None:
    coupon = CouponFactory(limit=1)
    cart = cart_with(coupon)
    order = place(cart)
    assert not quote(cart_with_code(coupon)).coupons
    end(order)
    assert used(coupon) == 0
    with transaction.atomic():
        coupons.give_back(order.number)
    assert used(coupon) == 0
    assert place(Cart.objects.get(pk=cart.pk)).discount == 2


def cart_with_code(coupon: Coupon) -> Cart:
    """A cart that entered the code when it still could."""
    cart = filled_cart()
    Cart.objects.filter(pk=cart.pk).update(coupon_codes=[coupon.code])
    cart.refresh_from_db()
    return cart


def test_an_order_paid_after_its_end_keeps_its_discount_though_the_coupon_went_to_another() -> None:
    coupon = CouponFactory(code="LAST", limit=1)
    late = place(cart_with(coupon))
    end(late)
    other = place(cart_with(coupon), email="sam@example.com")
    pay(late)
    assert late.status == Order.Status.PAID
    assert (late.discount, other.discount) == (2, 2)
    assert used(coupon) == 2
    assert late.events.get(kind="coupon").reason == "LAST is used beyond its limit: paid after the end"


def test_a_late_payment_within_the_limit_is_no_news() -> None:
    coupon = CouponFactory(limit=1)
    order = place(cart_with(coupon))
    end(order)
    pay(order)
    assert used(coupon) == 1
    assert not order.events.filter(kind="coupon").exists()


def test_a_late_payment_that_finds_no_stock_takes_no_coupon() -> None:
    coupon, variant = CouponFactory(limit=1), VariantFactory(price=20, stock=1)
    order = place(cart_with(coupon, variant))
    end(order)
    place(filled_cart(variant))
    with transaction.atomic(), contextlib.suppress(OutOfStock):
        services.mark_paid(transitions.lock(order.pk), actor="test")
    assert used(coupon) == 0
    order.refresh_from_db()
    assert order.status == Order.Status.EXPIRED


def test_a_paid_orders_coupon_leaves_the_cart_with_the_units() -> None:
    coupon = CouponFactory()
    cart = cart_with(coupon)
    order = place(cart)
    carts.add(cart, VariantFactory(), 1)
    pay(order)
    cart.refresh_from_db()
    assert cart.coupon_codes == []
    assert cart.held_coupons == []
    assert cart.closed_at is None


def test_a_coupon_for_a_first_order_is_not_for_one_who_has_paid(client: Client) -> None:
    pay(place(filled_cart()))
    coupon = CouponFactory(code="HELLO", first_order_only=True)
    cart = cart_with(coupon)
    shown = quote(cart, country="DE").fingerprint  # before the address was known
    with pytest.raises(services.QuoteChanged):
        services.place_order(cart, services.Customer(ADDRESS, language="en"), fingerprint=shown)
    assert place(cart, email="KIM@example.com").discount == 0
    assert used(coupon) == 0


def test_a_coupon_gone_between_look_and_click_is_said_before_anything_is_charged(client: Client) -> None:
    coupon = CouponFactory(code="LAST", limit=1)
    client.post(f"/cart/add/{VariantFactory(price=20).pk}/")
    client.post("/cart/coupon/", {"code": "last"})
    page = client.get("/orders/create/").content.decode()
    fingerprint = page.split('name="fingerprint" value="')[1].split('"')[0]
    place(cart_with(coupon), email="sam@example.com")
    form = ADDRESS | {"age_confirmed": "on", "fingerprint": fingerprint}
    response = client.post("/orders/create/", form)
    assert response.status_code == 409
    assert "LAST has been used up." in response.content.decode()
    assert Order.objects.count() == 1


def everybody_wants(coupon: Coupon) -> Counter[str]:
    """Fifty carts with the coupon, all of which were told that it applies, placed at once."""
    bottle = VariantFactory(price=20, stock=SHOPPERS)
    filled = [cart_with(coupon, bottle) for _shopper in range(SHOPPERS)]
    shown = [quote(cart, country="DE").fingerprint for cart in filled]
    connections = most_connections(SHOPPERS)
    print(f"{SHOPPERS} shoppers on {connections} connections")

    def buy(number: int) -> Order:
        customer = services.Customer(ADDRESS | {"email": f"kim{number}@example.com"}, language="en")
        return services.place_order(filled[number], customer, fingerprint=shown[number])

    jobs = [lambda number=number: buy(number) for number in range(SHOPPERS)]
    return Counter(type(result).__name__ for result in run_together(jobs, connections=connections))


def must_be_used_once(coupon: Coupon, outcomes: Counter[str]) -> None:
    assert outcomes == {"Order": 1, "QuoteChanged": SHOPPERS - 1}
    assert used(coupon) == 1
    assert Order.objects.get().discount == 2


@pytest.mark.needs("postgres")
@pytest.mark.django_db(transaction=True)
def test_66_fifty_shoppers_one_coupon_one_order() -> None:
    coupon = CouponFactory(limit=1)
    must_be_used_once(coupon, everybody_wants(coupon))


@pytest.mark.needs("postgres")
@pytest.mark.django_db(transaction=True)
def test_66_without_the_conditional_update_it_would_be_used_more_than_once(monkeypatch: pytest.MonkeyPatch) -> None:
    two_have_looked = threading.Barrier(2)

    def look_then_take(coupon: Coupon, customer: str, reference: str) -> None:
        seen = Coupon.objects.get(pk=coupon.pk)
        if seen.limit is not None and seen.used >= seen.limit:
            raise CouponGone(coupon.code, "used up")
        with contextlib.suppress(threading.BrokenBarrierError):
            two_have_looked.wait(5)
        Coupon.objects.filter(pk=coupon.pk).update(used=seen.used + 1)

    monkeypatch.setattr(coupons, "_claim", look_then_take)
    coupon = CouponFactory(limit=1)
    outcomes = everybody_wants(coupon)
    assert outcomes["Order"] > 1
    with pytest.raises(AssertionError):
        must_be_used_once(coupon, outcomes)


@pytest.mark.needs("postgres")
@pytest.mark.django_db(transaction=True)
def test_66_one_customer_in_many_tabs_uses_a_coupon_as_often_as_it_allows() -> None:
    coupon = CouponFactory(limit_per_customer=2)
    bottle = VariantFactory(price=20, stock=SHOPPERS)
    filled = [cart_with(coupon, bottle) for _tab in range(20)]
    shown = services.quote_for(filled[0], ADDRESS).fingerprint
    customer = services.Customer(ADDRESS, language="en")
    jobs = [lambda cart=cart: services.place_order(cart, customer, fingerprint=shown) for cart in filled]
    outcomes = Counter(type(result).__name__ for result in run_together(jobs, connections=most_connections(20)))
    assert outcomes == {"Order": 2, "QuoteChanged": 18}
    assert used(coupon) == 2


@pytest.mark.needs("postgres")
@pytest.mark.django_db(transaction=True)
def test_66_coupons_entered_in_opposite_orders_never_deadlock() -> None:
    offered = [CouponFactory(stackable=True, value=1) for _n in range(3)]
    bottle = VariantFactory(price=20, stock=100)
    filled = []
    for number in range(40):
        cart = filled_cart(bottle)
        codes = [coupon.code for coupon in offered]
        Cart.objects.filter(pk=cart.pk).update(coupon_codes=codes if number % 2 else codes[::-1])
        filled.append(Cart.objects.get(pk=cart.pk))
    jobs = [lambda cart=cart: place(cart) for cart in filled]
    outcomes = Counter(type(result).__name__ for result in run_together(jobs, connections=most_connections(40)))
    assert outcomes == {"Order": 40}
    assert [used(coupon) for coupon in offered] == [40, 40, 40]
