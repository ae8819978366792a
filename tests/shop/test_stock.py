"""Counters and ledger move together, and never below nothing."""

import pytest
from django.db import IntegrityError
from django.db.models import Sum

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
    with pytest.raises(stock.OutOfStock) as refused:
        stock.reserve({plenty.pk: 2, few.pk: 2}, reference="A1")
    assert refused.value.variant_id == few.pk
    assert counters(plenty) == (5, 0, 5)
    assert counters(few) == (1, 0, 1)


def test_the_last_unit_is_reserved_once() -> None:
    variant = VariantFactory(stock=1)
    stock.reserve({variant.pk: 1}, reference="A1")
    with pytest.raises(stock.OutOfStock):
        stock.reserve({variant.pk: 1}, reference="A2")
    assert counters(variant) == (1, 1, 0)


def test_what_was_not_held_cannot_be_released() -> None:
    variant = VariantFactory(stock=5)
    with pytest.raises(IntegrityError):
        stock.release({variant.pk: 1}, reference="A1")


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
