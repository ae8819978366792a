"""Placing an order: once, with its stock, or not at all."""

import pytest
from django.db import transaction
from django.utils import timezone

from cart import defaults, services as carts
from cart.pricing import quote
from orders import services, transitions
from orders.models import LineItem, Order, OrderEmail
from shop import stock
from shop.models import Product, StockMovement, Variant
from tests.checkout import ADDRESS, filled_cart, place
from tests.factories import VariantFactory
from tests.races import run_together

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _rules(db: None) -> None:
    defaults.load()


def test_an_order_is_a_snapshot_with_its_stock_its_event_and_its_mail() -> None:
    variant = VariantFactory(price=12, stock=5)
    order = place(filled_cart(variant, quantity=2))
    line = order.line_items.get()
    assert (line.name, line.sku, line.unit_price, line.quantity, line.total) == (
        variant.product.name,
        variant.sku,
        12,
        2,
        24,
    )
    assert order.total == order.subtotal - order.discount + order.shipping
    assert order.expires_at > timezone.now()
    assert [event.kind for event in order.events.all()] == ["placed"]
    assert [mail.kind for mail in order.emails.all()] == [OrderEmail.Kind.RECEIVED]
    variant.refresh_from_db()
    assert (variant.on_hand, variant.reserved, variant.available) == (5, 2, 3)
    assert StockMovement.objects.get(reference=order.number).reserved == 2


def test_placing_again_is_the_same_order() -> None:
    cart = filled_cart()
    assert place(cart) == place(cart)
    assert OrderEmail.objects.count() == 1
    assert Variant.objects.get().reserved == 1


def test_another_address_asks_for_the_first_order_to_end() -> None:
    cart = filled_cart()
    first = place(cart)
    with pytest.raises(services.PendingOrderDiffers) as error:
        place(cart, city="Hamburg")
    assert error.value.order == first
    assert Order.objects.count() == 1


def test_06_a_changed_price_is_shown_again_and_after_placing_the_snapshot_stands() -> None:
    cart = filled_cart(VariantFactory(price=10))
    customer = services.Customer(ADDRESS, language="en")
    with pytest.raises(services.QuoteChanged):
        services.place_order(cart, customer, fingerprint="what was on another page")
    order = place(cart)
    Variant.objects.update(price=99)
    assert LineItem.objects.get(order=order).unit_price == 10


def test_a_short_shelf_leaves_nothing_behind() -> None:
    plenty, scarce = VariantFactory(), VariantFactory(stock=2)
    cart = filled_cart(plenty, scarce, quantity=2)
    stock.adjust(scarce.pk, -1, reference="broken")
    with pytest.raises(stock.OutOfStock):
        place(cart)
    assert not Order.objects.exists()
    assert not OrderEmail.objects.exists()
    assert not Variant.objects.filter(reserved__gt=0).exists()


def test_a_quote_that_was_just_made_is_taken_over_and_the_shelf_asked_all_the_same() -> None:
    variant = VariantFactory(stock=1)
    cart, shopper = filled_cart(variant), services.Customer(ADDRESS, language="en")
    today = services.quote_for(cart, ADDRESS)
    with pytest.raises(services.QuoteChanged):
        services.place_order(cart, shopper, fingerprint="another", today=today)
    place(filled_cart(variant))  # somebody is faster, after the quote
    with pytest.raises(stock.OutOfStock):
        services.place_order(cart, shopper, fingerprint=today.fingerprint, today=today)
    assert Order.objects.count() == StockMovement.objects.filter(kind="reserve").count() == 1


def test_an_empty_or_withdrawn_cart_is_no_order() -> None:
    cart = filled_cart()
    Product.objects.update(published=False)
    with pytest.raises(services.CannotPlace):
        place(cart)


def test_paying_closes_the_cart_and_owes_one_receipt() -> None:
    cart = filled_cart()
    order = pay(place(cart))
    pay(order)
    cart.refresh_from_db()
    assert cart.closed_at
    assert order.emails.filter(kind=OrderEmail.Kind.RECEIPT).count() == 1
    assert order.events.filter(kind=Order.Status.PAID).count() == 1
    assert Variant.objects.get().sales.count() == 1


def test_ending_releases_the_stock_once() -> None:
    order = place(filled_cart(quantity=3))
    for _time in range(2):
        end(order)
    assert Variant.objects.get().reserved == 0
    assert order.events.filter(kind=Order.Status.EXPIRED).count() == 1


def test_09_paid_after_expiry_reserves_again() -> None:
    order = place(filled_cart())
    end(order)
    assert pay(order).status == Order.Status.PAID
    assert Variant.objects.get().reserved == 1


def test_09_paid_after_expiry_without_stock_stays_expired() -> None:
    order = place(filled_cart(VariantFactory(stock=1)))
    end(order)
    place(filled_cart(Variant.objects.get()))
    with pytest.raises(stock.OutOfStock):
        pay(order)
    order.refresh_from_db()
    assert order.status == Order.Status.EXPIRED
    assert Variant.objects.get().reserved == 1


def test_what_an_order_keeps_does_not_run_short_in_its_own_cart() -> None:
    last = VariantFactory(stock=2)
    cart = filled_cart(last, quantity=2)
    order = place(cart)
    cart.refresh_from_db()
    assert not quote(cart).is_short
    assert carts.add(cart, Variant.objects.get(pk=last.pk), 5)[1] == 2
    end(order)
    cart.refresh_from_db()
    stock.reserve({last.pk: 1}, reference="somebody")
    assert quote(cart).is_short


def test_what_was_added_while_paying_stays_in_the_cart() -> None:
    bought, more = VariantFactory(), VariantFactory()
    cart = filled_cart(bought)
    order = place(cart)
    carts.add(cart, bought, 2)
    carts.add(cart, more, 1)
    pay(order)
    cart.refresh_from_db()
    assert cart.closed_at is None
    assert dict(cart.lines.values_list("variant", "quantity")) == {bought.pk: 2, more.pk: 1}


def test_after_payment_the_browser_gets_a_new_cart() -> None:
    cart = filled_cart()
    pay(place(cart))
    new, _units = carts.add(None, VariantFactory(), 1)
    assert new.key != cart.key


def pay(order: Order) -> Order:
    with transaction.atomic():
        locked = transitions.lock(order.pk)
        services.mark_paid(locked, actor="test")
    return locked


def end(order: Order) -> None:
    with transaction.atomic():
        services.end(transitions.lock(order.pk), Order.Status.EXPIRED, actor="test")


@pytest.mark.needs("postgres")
@pytest.mark.django_db(transaction=True)
def test_63_a_double_click_makes_one_order() -> None:
    defaults.load()
    cart = filled_cart()
    results = run_together([lambda: place(cart)] * 16, connections=8)
    assert {getattr(result, "number", result) for result in results} == {Order.objects.get().number}
    assert Variant.objects.get().reserved == 1
