"""Faults 54, 61 and 62: crowds that want the same bottles. `make races` runs each twenty times, and prints a table."""

from collections.abc import Iterator
from functools import partial

import pytest

from cart import defaults
from orders.models import Order
from shop.models import Variant
from tests.checkout import place
from tests.factories import VariantFactory

from .rush import (
    EXPECTED,
    HEADING,
    REPEATS,
    Rush,
    adjust,
    end_a_hold,
    ended,
    filled_carts,
    must_be_in_order,
    run,
    stubbornly,
)

pytestmark = [pytest.mark.needs("postgres"), pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _rules(db: None) -> None:
    defaults.load()


@pytest.fixture(scope="module")
def table() -> Iterator[list[Rush]]:
    """The races that were run, printed at the end."""
    races: list[Rush] = []
    yield races
    print("", HEADING, *races, sep="\n")


def live(variant: Variant) -> int:
    return Order.objects.awaiting_payment().filter(line_items__variant=variant).count()


@pytest.mark.parametrize(
    ("buyers", "bottles"), [pytest.param(200, 1, id="61 last bottle"), pytest.param(300, 10, id="62 ten bottles")]
)
def test_a_crowd_gets_what_there_is_and_no_more(table: list[Rush], buyers: int, bottles: int) -> None:
    table.append(rush := Rush(f"{bottles} of one bottle"))
    for _repeat in range(REPEATS):
        bottle = VariantFactory(stock=bottles)
        outcomes = run(rush, [partial(place, cart) for cart in filled_carts(buyers, [bottle])])
        assert outcomes == {"Order": bottles, "OutOfStock": buyers - bottles}
        assert live(bottle) == bottles
        must_be_in_order([bottle])
    assert rush.deadlocks == 0


@pytest.mark.parametrize(
    ("buyers", "bottles"), [pytest.param(200, 1, id="61 last bottle"), pytest.param(300, 10, id="62 ten bottles")]
)
def test_a_crowd_while_holds_end_and_staff_adjust(table: list[Rush], buyers: int, bottles: int) -> None:
    table.append(rush := Rush(f"{bottles} of one bottle, holds end, staff adjust"))
    for _repeat in range(REPEATS):
        bottle = VariantFactory(stock=bottles)
        staff = [partial(adjust, [bottle], units) for units in (1, -1) * 10]
        sweeps = [partial(end_a_hold, [bottle])] * 20
        shoppers = [partial(stubbornly, cart) for cart in filled_carts(buyers, [bottle])]
        outcomes = run(rush, shoppers, meanwhile=[*sweeps, *staff])
        assert set(outcomes) <= EXPECTED
        rush.ended += ended([bottle])
        must_be_in_order([bottle])
    assert rush.outcomes["Order"] > bottles * REPEATS
    assert rush.ended
    assert rush.deadlocks == 0


def test_54_carts_in_opposite_orders_never_deadlock(table: list[Rush]) -> None:
    table.append(rush := Rush("60 of five bottles, carts in opposite orders"))
    for _repeat in range(REPEATS):
        bottles = [VariantFactory(stock=60) for _number in range(5)]
        outcomes = run(rush, [partial(place, cart) for cart in filled_carts(100, bottles)])
        assert outcomes == {"Order": 60, "OutOfStock": 40}
        must_be_in_order(bottles)
    assert rush.deadlocks == 0


def test_54_carts_in_opposite_orders_while_holds_end_and_staff_adjust(table: list[Rush]) -> None:
    table.append(rush := Rush("60 of five bottles, holds end, staff adjust"))
    for _repeat in range(REPEATS):
        bottles = [VariantFactory(stock=60) for _number in range(5)]
        staff = [partial(adjust, bottles[::-units], units) for units in (1, -1) * 5]
        sweeps = [partial(end_a_hold, bottles)] * 20
        shoppers = [partial(stubbornly, cart) for cart in filled_carts(100, bottles)]
        outcomes = run(rush, shoppers, meanwhile=[*sweeps, *staff])
        assert set(outcomes) <= EXPECTED
        rush.ended += ended(bottles)
        must_be_in_order(bottles)
    assert rush.ended
    assert rush.deadlocks == 0
