"""Faults 54, 61 and 62: crowds that want the same bottles. `make races` runs each twenty times, and prints a table."""

from collections.abc import Iterator
from functools import partial

import pytest

from cart import defaults
from orders.models import Order
from shop.models import Variant
from tests.factories import VariantFactory

from .rush import (
    EXPECTED,
    HEADING,
    REPEATS,
    Rush,
    adjust,
    end_a_hold,
    ended,
    must_be_in_order,
    run,
    shoppers,
    stubborn,
)

pytestmark = [pytest.mark.needs("postgres"), pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _rules(db: None) -> None:
    defaults.load()


@pytest.fixture(scope="module")
def _heading() -> None:
    print(f"\n{HEADING}")


@pytest.fixture
def rush(_heading: None, request: pytest.FixtureRequest) -> Iterator[Rush]:
    """What comes of the race, printed when it is over."""
    rush = Rush(request.node.callspec.id if hasattr(request.node, "callspec") else "54 five bottles")
    if "while_holds_end" in request.node.name:
        rush.name += ", holds end, staff adjust"
    yield rush
    if rush.repeats:
        print(rush)


def live(variant: Variant) -> int:
    return Order.objects.awaiting_payment().filter(line_items__variant=variant).count()


@pytest.mark.parametrize(
    ("buyers", "bottles"), [pytest.param(200, 1, id="61 last bottle"), pytest.param(300, 10, id="62 ten bottles")]
)
def test_61_and_62_a_crowd_gets_what_there_is_and_no_more(rush: Rush, buyers: int, bottles: int) -> None:
    for _repeat in range(REPEATS):
        bottle = VariantFactory(stock=bottles)
        outcomes = run(rush, shoppers(buyers, [bottle]))
        assert outcomes == {"Order": bottles, "OutOfStock": buyers - bottles}
        assert live(bottle) == bottles
        must_be_in_order([bottle])
    assert rush.deadlocks == 0


@pytest.mark.parametrize(
    ("buyers", "bottles"), [pytest.param(200, 1, id="61 last bottle"), pytest.param(300, 10, id="62 ten bottles")]
)
def test_61_and_62_a_crowd_while_holds_end_and_staff_adjust(rush: Rush, buyers: int, bottles: int) -> None:
    for _repeat in range(REPEATS):
        bottle = VariantFactory(stock=bottles)
        staff = [partial(adjust, [bottle], units) for units in (1, -1) * 10]
        sweeps = [partial(end_a_hold, [bottle])] * 20
        outcomes = run(rush, [stubborn(one) for one in shoppers(buyers, [bottle])], meanwhile=[*sweeps, *staff])
        assert set(outcomes) <= EXPECTED
        rush.ended += ended([bottle])
        must_be_in_order([bottle])
    assert rush.outcomes["Order"] > bottles * REPEATS
    assert rush.ended
    assert rush.deadlocks == 0


def test_54_carts_in_opposite_orders_never_deadlock(rush: Rush) -> None:
    for _repeat in range(REPEATS):
        bottles = [VariantFactory(stock=60) for _number in range(5)]
        outcomes = run(rush, shoppers(100, bottles))
        assert outcomes == {"Order": 60, "OutOfStock": 40}
        must_be_in_order(bottles)
    assert rush.deadlocks == 0


def test_54_carts_in_opposite_orders_while_holds_end_and_staff_adjust(rush: Rush) -> None:
    for _repeat in range(REPEATS):
        bottles = [VariantFactory(stock=60) for _number in range(5)]
        staff = [partial(adjust, bottles[::-units], units) for units in (1, -1) * 5]
        sweeps = [partial(end_a_hold, bottles)] * 20
        outcomes = run(rush, [stubborn(one) for one in shoppers(100, bottles)], meanwhile=[*sweeps, *staff])
        assert set(outcomes) <= EXPECTED
        rush.ended += ended(bottles)
        must_be_in_order(bottles)
    assert rush.ended
    assert rush.deadlocks == 0
