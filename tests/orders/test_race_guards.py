"""Without its guard each of these races goes wrong: the conditional update, and the ascending order of the rows."""

import threading
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from functools import partial

import pytest

from cart import defaults
from shop import stock
from shop.models import StockMovement, Variant
from tests.checkout import filled_cart, place
from tests.factories import VariantFactory
from tests.races import deadlocks, run_together

from .rush import Rush, must_be_in_order, run, shoppers

pytestmark = [pytest.mark.needs("postgres"), pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _rules(db: None) -> None:
    defaults.load()


@pytest.mark.stock_goes_wrong
def test_61_without_the_conditional_update_it_would_be_sold_more_than_once(monkeypatch: pytest.MonkeyPatch) -> None:
    two_have_looked = threading.Barrier(2)

    def look_then_take(quantities: Mapping[int, int], *, reference: str, actor: str = "") -> None:
        for variant in Variant.objects.filter(pk__in=quantities):
            if variant.available < quantities[variant.pk]:
                raise stock.OutOfStock(variant.pk)
            with suppress(threading.BrokenBarrierError):
                two_have_looked.wait(5)
            variant.reserved += quantities[variant.pk]
            variant.save(update_fields=["reserved"])
            StockMovement.objects.create(variant=variant, kind="reserve", reserved=1, reference=reference)

    monkeypatch.setattr(stock, "reserve", look_then_take)
    bottle = VariantFactory(stock=1)
    outcomes = run(Rush("look, then take"), shoppers(40, [bottle]))
    assert outcomes["Order"] > 1
    with pytest.raises(AssertionError):
        must_be_in_order([bottle])


def two_carts_from_opposite_ends(monkeypatch: pytest.MonkeyPatch, *, patience: float) -> Counter[str]:
    """Two carts with the same two bottles, which take a second row once both hold their first, or `patience` seconds
    after; how often what came."""
    red, white = VariantFactory(), VariantFactory()
    carts = [filled_cart(red, white), filled_cart(white, red)]
    change, both_hold_one, has_one = stock._change, threading.Barrier(2), threading.local()

    def change_and_wait(move: stock.Move, variant_id: int, units: int) -> None:
        change(move, variant_id, units)
        if not hasattr(has_one, "row"):
            has_one.row = variant_id
            with suppress(threading.BrokenBarrierError):
                both_hold_one.wait(patience)

    monkeypatch.setattr(stock, "_change", change_and_wait)
    results = run_together([partial(place, cart) for cart in carts], connections=2)
    must_be_in_order([red, white])
    return Counter(type(result).__name__ for result in results)


def test_54_rows_in_ascending_order_cannot_deadlock(monkeypatch: pytest.MonkeyPatch) -> None:
    before = deadlocks()
    assert two_carts_from_opposite_ends(monkeypatch, patience=1) == {"Order": 2}
    assert deadlocks() == before


def test_54_rows_in_the_order_of_the_cart_would_deadlock(monkeypatch: pytest.MonkeyPatch) -> None:
    before = deadlocks()
    monkeypatch.setattr(stock, "sorted", list, raising=False)
    assert two_carts_from_opposite_ends(monkeypatch, patience=60) == {"Order": 1, "OperationalError": 1}
    assert deadlocks() == before + 1
