"""Parcels: what may be shipped, what it does to stock, history and mails, and what comes off an order."""

import contextlib
import threading
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from cart import defaults
from orders import services, transitions
from orders.models import LineItem, Order, OrderEmail, Shipment
from shop import stock
from shop.models import StockMovement, Variant
from tests.checkout import placed_order
from tests.factories import VariantFactory
from tests.races import run_together

pytestmark = pytest.mark.django_db

Fulfilment = Order.Fulfilment


def paid_order(*variants: Variant, quantity: int = 3) -> Order:
    """A paid order of so many of each variant, ten on the shelf."""
    defaults.load()
    order = placed_order(*variants, quantity=quantity)
    with transaction.atomic():
        services.mark_paid(transitions.lock(order.pk), actor="test")
    return Order.objects.get(pk=order.pk)


@pytest.fixture
def order() -> Order:
    return paid_order()


def ship(order: Order, units: dict[LineItem, int] | None = None, **changes: Any) -> Shipment:
    """Ship these units; all that is left where none are named."""
    parcel = {"carrier": "dhl", "tracking": "00340434161094", "actor": "anna"} | changes
    with transaction.atomic():
        locked = transitions.lock(order.pk)
        left = {item: item.units_to_ship for item in locked.line_items.all() if item.units_to_ship}
        return services.ship(locked, left if units is None else units, **parcel)


def take_off(order: Order, units: dict[LineItem, int], *, restock: bool) -> None:
    with transaction.atomic():
        services.take_off(transitions.lock(order.pk), units, restock=restock, actor="anna")


def item_of(order: Order) -> LineItem:
    return LineItem.objects.get(order=order)


def counters(order: Order) -> tuple[int, int]:
    """(on hand, reserved) of the order's variant."""
    return Variant.objects.values_list("on_hand", "reserved").get(pk=item_of(order).variant_id or 0)


def test_a_shipment_moves_stock_and_is_told_to_the_shopper_and_the_history(order: Order) -> None:
    shipment = ship(order)
    assert counters(order) == (7, 0)
    assert StockMovement.objects.get(kind="ship").actor == "anna"
    assert order.fulfilment == Fulfilment.FULFILLED
    event = order.events.get(kind="shipped")
    assert (event.actor, "DHL 00340434161094" in event.reason) == ("anna", True)
    mail = order.emails.get(kind=OrderEmail.Kind.SHIPPED)
    assert mail.facts["tracking_link"] == shipment.tracking_link
    assert "00340434161094" in shipment.tracking_link
    assert not stock.differences()


def test_an_order_is_shipped_in_parts_each_with_its_mail(order: Order) -> None:
    assert order.fulfilment == Fulfilment.UNFULFILLED
    ship(order, {item_of(order): 1})
    assert order.fulfilment == Fulfilment.PARTLY
    assert counters(order) == (9, 2)
    ship(order)
    assert order.fulfilment == Fulfilment.FULFILLED
    assert [line.quantity for parcel in order.shipments.all() for line in parcel.lines.all()] == [1, 2]
    assert order.emails.filter(kind=OrderEmail.Kind.SHIPPED).count() == 2


@pytest.mark.parametrize("quantity", [0, -1, 4])
def test_more_than_is_left_is_refused_and_nothing_moves(order: Order, quantity: int) -> None:
    with pytest.raises(services.CannotShip, match="3 are left"):
        ship(order, {item_of(order): quantity})
    assert counters(order) == (10, 3)
    assert not Shipment.objects.exists()


def test_the_line_of_another_order_is_refused(order: Order) -> None:
    with pytest.raises(services.CannotShip):
        ship(order, {item_of(paid_order()): 1})


def test_an_empty_parcel_is_refused(order: Order) -> None:
    with pytest.raises(services.CannotShip, match="Nothing was chosen"):
        ship(order, {})


def test_an_unpaid_order_is_not_shipped() -> None:
    defaults.load()
    with pytest.raises(services.CannotShip, match="not paid"):
        ship(placed_order())


def test_18_a_held_order_is_not_shipped_until_it_is_allowed_again(order: Order) -> None:
    with transaction.atomic():
        assert services.hold_shipping(transitions.lock(order.pk), "dispute dp_1", actor="Stripe")
        assert not services.hold_shipping(transitions.lock(order.pk), "dispute dp_1", actor="Stripe")
    with pytest.raises(services.CannotShip, match="dispute dp_1"):
        ship(order)
    with transaction.atomic():
        assert services.allow_shipping(transitions.lock(order.pk), actor="Stripe")
        assert not services.allow_shipping(transitions.lock(order.pk), actor="Stripe")
    ship(order)
    assert [event.kind for event in order.events.all()][-3:] == ["shipping held", "shipping allowed", "shipped"]


def test_delivered_is_noted_once(order: Order) -> None:
    shipment = ship(order)
    Order.objects.update(attention="Somebody must look.")
    with transaction.atomic():
        assert services.mark_delivered(shipment, actor="anna")
        assert not services.mark_delivered(shipment, actor="bert")
    shipment.refresh_from_db()
    assert shipment.delivered_at
    assert order.events.get(kind="delivered").actor == "anna"
    assert Order.objects.get().attention == "Somebody must look."


def test_a_carrier_without_a_table_entry_takes_a_link_of_its_own(order: Order) -> None:
    shipment = ship(order, carrier="other", tracking="7", tracking_url="https://van.example/7")
    assert (shipment.tracking_link, shipment.carrier_name) == ("https://van.example/7", "")


def test_a_number_is_quoted_in_the_carriers_address(order: Order) -> None:
    assert ship(order, tracking="a b&c/../").tracking_link.endswith("=a%20b%26c%2F..%2F")


def test_units_taken_off_before_they_were_shipped_go_back_to_the_shelf(order: Order) -> None:
    take_off(order, {item_of(order): 1}, restock=True)
    assert counters(order) == (10, 2)
    assert item_of(order).units_to_ship == 2
    ship(order)
    assert order.fulfilment == Fulfilment.FULFILLED
    assert not stock.differences()


def test_units_taken_off_without_restock_are_written_off(order: Order) -> None:
    take_off(order, {item_of(order): 1}, restock=False)
    assert counters(order) == (9, 2)
    assert not stock.differences()


def test_units_taken_off_come_from_what_is_unshipped_first(order: Order) -> None:
    ship(order, {item_of(order): 2})
    take_off(order, {item_of(order): 2}, restock=True)
    item = item_of(order)
    assert (item.shipped_units, item.canceled_units, item.returned_units) == (2, 1, 1)
    assert counters(order) == (9, 0)  # ten, two shipped, one of them back
    assert not stock.differences()


def test_shipped_units_that_stay_with_the_shopper_move_nothing(order: Order) -> None:
    ship(order)
    take_off(order, {item_of(order): 3}, restock=False)
    assert counters(order) == (7, 0)
    assert order.fulfilment == Fulfilment.FULFILLED


def test_no_more_is_taken_off_than_there_is(order: Order) -> None:
    ship(order, {item_of(order): 2})
    take_off(order, {item_of(order): 3}, restock=True)
    with pytest.raises(services.CannotTakeOff):
        take_off(order, {item_of(order): 1}, restock=True)
    assert counters(order) == (10, 0)


def test_an_order_that_ends_releases_only_what_it_still_keeps() -> None:
    defaults.load()
    order = placed_order(quantity=3)
    with transaction.atomic():
        services.mark_processing(transitions.lock(order.pk), actor="test")
    take_off(order, {item_of(order): 1}, restock=True)
    with transaction.atomic():
        services.end(transitions.lock(order.pk), Order.Status.CANCELED, actor="test")
    assert counters(order) == (10, 0)
    assert not stock.differences()


STAFF = 8


def look_without_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the guard away: orders are read at the same moment, and nobody waits for anybody."""
    two_have_looked = threading.Barrier(2)

    def look(order_id: int) -> Order:
        with contextlib.suppress(threading.BrokenBarrierError):
            two_have_looked.wait(5)
        return Order.objects.get(pk=order_id)

    monkeypatch.setattr(transitions, "lock", look)


def everybody_ships_it(order: Order) -> list[Any]:
    """Eight members of staff ship the whole order at the same moment."""
    units = {item: item.units_to_ship for item in order.line_items.all()}
    return run_together([lambda: ship(order, units)] * STAFF, connections=STAFF)


@pytest.mark.needs("postgres")
@pytest.mark.django_db(transaction=True)
def test_two_who_ship_the_same_order_at_once_ship_it_once() -> None:
    order = paid_order(VariantFactory(), VariantFactory())
    results = everybody_ships_it(order)
    refused = [result for result in results if isinstance(result, services.CannotShip)]
    assert (len(refused), Shipment.objects.count()) == (STAFF - 1, 1), results
    assert order.emails.filter(kind=OrderEmail.Kind.SHIPPED).count() == 1
    assert not stock.differences()


@pytest.mark.needs("postgres")
@pytest.mark.django_db(transaction=True)
def test_without_the_orders_lock_some_would_fail_instead_of_being_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    order = paid_order(VariantFactory(), VariantFactory())
    look_without_lock(monkeypatch)
    results = everybody_ships_it(order)
    assert any(isinstance(result, IntegrityError) for result in results), results
    assert Shipment.objects.count() == 1  # the database itself forbids more


class TestWhatIsLeft:
    """Orders note that nothing is left to ship, so that lists need not read the lines of all that ever were."""

    def test_an_order_has_something_to_ship_until_the_last_unit_has_left(self, order: Order) -> None:
        ship(order, {item_of(order): 2})
        assert (noted(order), order in Order.objects.to_ship()) == (False, True)
        ship(order, {item_of(order): 1})
        assert (noted(order), order in Order.objects.to_ship()) == (True, False)

    def test_so_has_one_of_which_the_rest_was_taken_off(self, order: Order) -> None:
        ship(order, {item_of(order): 2})
        take_off(order, {item_of(order): 1}, restock=True)
        assert noted(order)

    def test_what_comes_back_is_not_to_be_shipped_again(self, order: Order) -> None:
        ship(order, {item_of(order): 3})
        take_off(order, {item_of(order): 1}, restock=True)
        assert (noted(order), order in Order.objects.to_ship()) == (True, False)

    def test_where_nobody_noted_it_the_lines_tell(self, order: Order) -> None:
        """As after an order was shipped by the last release, while this one was being started."""
        ship(order, {item_of(order): 3})
        Order.objects.update(nothing_to_ship=False)
        assert order not in Order.objects.to_ship()


def noted(order: Order) -> bool:
    return Order.objects.get(pk=order.pk).nothing_to_ship
