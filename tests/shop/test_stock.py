"""Counters and ledger move together, and never below nothing."""

from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import F, Sum

from shop import stock
from shop.models import StockMovement, Variant
from tests.factories import VariantFactory

pytestmark = pytest.mark.django_db
Kind = StockMovement.Kind


def counters(variant: Variant) -> tuple[int, int, int]:
    variant.refresh_from_db()
    sums = variant.stock_movements.aggregate(on_hand=Sum("on_hand"), reserved=Sum("reserved"))
    assert sums == {"on_hand": variant.on_hand, "reserved": variant.reserved}, "the ledger says otherwise"
    return variant.on_hand, variant.reserved, variant.available


def test_reserving_holds_units_until_they_are_released() -> None:
    variant = VariantFactory(stock=5)
    stock.reserve({variant.pk: 3}, reference="A1")
    assert counters(variant) == (5, 3, 2)
    stock.release({variant.pk: 3}, reference="A1")
    assert counters(variant) == (5, 0, 5)
    assert list(variant.stock_movements.order_by("pk").values_list("kind", "reference")) == [
        (Kind.ADJUST, "delivery"),
        (Kind.RESERVE, "A1"),
        (Kind.RELEASE, "A1"),
    ]


def test_reserving_is_all_or_nothing() -> None:
    plenty, few = VariantFactory(stock=5), VariantFactory(stock=1)
    with pytest.raises(stock.OutOfStock) as refused, transaction.atomic():
        stock.reserve({plenty.pk: 2, few.pk: 2}, reference="A1")
    assert refused.value.variant_id == few.pk
    assert counters(plenty) == (5, 0, 5)
    assert counters(few) == (1, 0, 1)


def test_the_last_unit_is_reserved_once() -> None:
    variant = VariantFactory(stock=1)
    stock.reserve({variant.pk: 1}, reference="A1")
    with pytest.raises(stock.OutOfStock), transaction.atomic():
        stock.reserve({variant.pk: 1}, reference="A2")
    assert counters(variant) == (1, 1, 0)


def test_what_was_not_held_cannot_be_released() -> None:
    variant = VariantFactory(stock=5)
    with pytest.raises(stock.NotHeld):
        stock.release({variant.pk: 1}, reference="A1")
    assert counters(variant) == (5, 0, 5)


@pytest.mark.parametrize("leave", [stock.release, stock.ship, stock.write_off])
def test_what_another_order_holds_cannot_leave_its_shelf(leave: Callable[..., None]) -> None:
    variant = VariantFactory(stock=5)
    stock.reserve({variant.pk: 2}, reference="A1")
    stock.reserve({variant.pk: 1}, reference="A2")
    with pytest.raises(stock.NotHeld):
        leave({variant.pk: 2}, reference="A2", actor="ann")
    assert counters(variant) == (5, 3, 2)
    assert stock.held_for("A1") == {variant.pk: 2}


def test_shipped_units_leave_the_house_and_may_come_back_once() -> None:
    variant = VariantFactory(stock=5)
    stock.reserve({variant.pk: 3}, reference="A1")
    stock.ship({variant.pk: 2}, reference="A1", actor="ann")
    assert counters(variant) == (3, 1, 2)
    stock.take_back({variant.pk: 2}, reference="A1", actor="ben")
    assert counters(variant) == (5, 1, 4)
    with pytest.raises(stock.NotHeld):
        stock.take_back({variant.pk: 1}, reference="A1", actor="ben")
    assert counters(variant) == (5, 1, 4)
    assert list(variant.stock_movements.order_by("pk").values_list("kind", "actor")[2:]) == [
        (Kind.SHIP, "ann"),
        (Kind.RETURN, "ben"),
    ]


def test_what_is_written_off_is_neither_held_nor_on_hand() -> None:
    variant = VariantFactory(stock=5)
    stock.reserve({variant.pk: 3}, reference="A1")
    stock.write_off({variant.pk: 1}, reference="A1", actor="ann")
    assert counters(variant) == (4, 2, 2)
    assert stock.held_for("A1") == {variant.pk: 2}
    with pytest.raises(stock.NotHeld):  # nothing of it was shipped
        stock.take_back({variant.pk: 1}, reference="A1", actor="ann")


def test_negative_units_are_a_mistake_and_none_leave_no_trace() -> None:
    variant = VariantFactory(stock=5)
    with pytest.raises(ValueError, match="direction"), transaction.atomic():
        stock.reserve({variant.pk: -1}, reference="A1")
    stock.reserve({variant.pk: 0}, reference="A1")
    assert variant.stock_movements.count() == 1


def test_a_counter_that_the_ledger_does_not_explain_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    sound, wrong = VariantFactory(stock=5), VariantFactory(stock=5, sku="WRONG")
    VariantFactory(stock=0)
    stock.reserve({sound.pk: 1, wrong.pk: 1}, reference="A1")
    call_command("check_stock")
    assert "agree" in capsys.readouterr().out
    Variant.objects.filter(pk=wrong.pk).update(on_hand=F("on_hand") - 2)
    assert stock.differences() == [stock.Difference("WRONG", "on_hand", units=3, ledger=5)]
    with pytest.raises(CommandError, match="does not explain"):
        call_command("check_stock")
    assert "WRONG" in capsys.readouterr().out


def test_adjusting_never_takes_what_is_promised() -> None:
    variant = VariantFactory(stock=5)
    stock.reserve({variant.pk: 3}, reference="A1")
    stock.adjust(variant.pk, -2, reference="broken", actor="ann")
    assert counters(variant) == (3, 3, 0)
    with pytest.raises(stock.OutOfStock):
        stock.adjust(variant.pk, -1, reference="broken")
    assert counters(variant) == (3, 3, 0)
    assert variant.stock_movements.get(reference="broken").actor == "ann"


def test_a_movement_is_never_changed() -> None:
    movement = VariantFactory(stock=5).stock_movements.get()
    movement.on_hand = 50
    with pytest.raises(ValueError, match="never changed"):
        movement.save()
