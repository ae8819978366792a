"""What happens to stock and prices at once: nothing leaves the shelf twice, and no price is written down twice."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from shop import prices, stock
from shop.models import PriceChange, Variant, VariantQuerySet
from tests.factories import VariantFactory
from tests.races import run_together

pytestmark = [pytest.mark.needs("postgres"), pytest.mark.django_db(transaction=True)]

AT_ONCE = 8
LEAVING = pytest.mark.parametrize("leave", [stock.release, stock.ship, stock.write_off])


def everybody_moves(leave: Callable[..., None]) -> tuple[Counter[str], Variant]:
    """Two units that A1 holds, moved by eight at once, where another order holds two more."""
    variant = VariantFactory(stock=10)
    stock.reserve({variant.pk: 2}, reference="A1")
    stock.reserve({variant.pk: 2}, reference="A2")
    results = run_together(
        [partial(leave, {variant.pk: 2}, reference="A1", actor="ann")] * AT_ONCE, connections=AT_ONCE
    )
    return Counter(type(result).__name__ for result in results), variant


@LEAVING
def test_what_an_order_holds_leaves_once_and_another_order_keeps_its_own(leave: Callable[..., None]) -> None:
    outcomes, variant = everybody_moves(leave)
    assert outcomes == {"NoneType": 1, "NotHeld": AT_ONCE - 1}
    assert stock.held_for("A2") == {variant.pk: 2}
    variant.refresh_from_db()
    assert variant.reserved == 2


@LEAVING
def test_without_a_look_into_the_ledger_it_would_take_what_another_order_holds(
    monkeypatch: pytest.MonkeyPatch, leave: Callable[..., None]
) -> None:
    monkeypatch.setattr(stock, "_must_be_left", lambda units_left, reference: None)
    outcomes, variant = everybody_moves(leave)
    assert outcomes == {"NoneType": 2, "NotHeld": AT_ONCE - 2}
    variant.refresh_from_db()
    assert variant.reserved == 0


def everybody_sets_a_price(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The same new price, set by eight at once who take their time to think."""

    def think(history: Sequence[PriceChange]) -> None:
        time.sleep(0.2)

    monkeypatch.setattr(prices, "prior_price", think)
    variant = VariantFactory(price=Decimal("12.00"))
    return run_together([partial(prices.set_price, variant.pk, Decimal("11.00"))] * AT_ONCE, connections=AT_ONCE)


def test_a_price_that_several_set_at_once_is_one_change(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Counter(everybody_sets_a_price(monkeypatch)) == {True: 1, False: AT_ONCE - 1}
    assert PriceChange.objects.count() == 1


def test_without_the_lock_it_would_be_several(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(VariantQuerySet, "select_for_update", lambda self: self, raising=False)
    assert Counter(everybody_sets_a_price(monkeypatch))[True] > 1
