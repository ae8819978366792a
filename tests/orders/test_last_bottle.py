"""Fault 61: two hundred people want the last bottle."""

import contextlib
import threading
from collections import Counter
from collections.abc import Mapping

import pytest

from cart import defaults
from orders.models import Order
from shop import stock
from shop.models import Variant
from tests.checkout import filled_cart, place
from tests.factories import VariantFactory
from tests.races import most_connections, run_together

BUYERS = 200

pytestmark = [pytest.mark.needs("postgres"), pytest.mark.django_db(transaction=True)]


def everybody_wants_it() -> Counter[str]:
    """Two hundred carts with the last bottle, placed at once: how often each outcome came."""
    defaults.load()
    last = VariantFactory(stock=1)
    carts = [filled_cart(last) for _buyer in range(BUYERS)]
    connections = most_connections(BUYERS)
    print(f"{BUYERS} buyers on {connections} connections")
    results = run_together([lambda cart=cart: place(cart) for cart in carts], connections=connections)  # type: ignore[misc]
    return Counter(type(result).__name__ for result in results)


def must_be_sold_once(outcomes: Counter[str]) -> None:
    assert outcomes == {"Order": 1, "OutOfStock": BUYERS - 1}
    assert Order.objects.count() == 1
    bottle = Variant.objects.get()
    assert (bottle.on_hand, bottle.reserved) == (1, 1)


def test_61_two_hundred_buyers_one_bottle_one_order() -> None:
    must_be_sold_once(everybody_wants_it())


def test_61_without_the_conditional_update_it_would_be_sold_more_than_once(monkeypatch: pytest.MonkeyPatch) -> None:
    two_have_looked = threading.Barrier(2)

    def look_then_take(quantities: Mapping[int, int], *, reference: str, actor: str = "") -> None:
        for variant in Variant.objects.filter(pk__in=quantities):
            if variant.available < quantities[variant.pk]:
                raise stock.OutOfStock(variant.pk)
            with contextlib.suppress(threading.BrokenBarrierError):
                two_have_looked.wait(5)
            variant.reserved += quantities[variant.pk]
            variant.save(update_fields=["reserved"])

    monkeypatch.setattr(stock, "reserve", look_then_take)
    outcomes = everybody_wants_it()
    with pytest.raises(AssertionError):
        must_be_sold_once(outcomes)
    assert outcomes["Order"] > 1
