"""Each price a variant has had is written down once."""

from decimal import Decimal

import pytest

from shop import prices
from shop.models import Variant
from tests.factories import VariantFactory

pytestmark = pytest.mark.django_db


def history(variant: Variant) -> list[Decimal]:
    return [change.price for change in variant.price_changes.all()]


def test_a_new_price_is_set_and_recorded() -> None:
    variant = VariantFactory(price=Decimal("12.00"))
    assert prices.set_price(variant.pk, Decimal("12.00"))  # the first one, until now only set
    assert prices.set_price(variant.pk, Decimal("13.00"))
    variant.refresh_from_db()
    assert variant.price == Decimal("13.00")
    assert history(variant) == [Decimal("12.00"), Decimal("13.00")]


def test_the_same_price_again_changes_nothing() -> None:
    variant = VariantFactory()
    prices.set_price(variant.pk, Decimal("13.00"))
    assert not prices.set_price(variant.pk, Decimal("13.000"))
    assert history(variant) == [Decimal("13.00")]


def test_a_price_is_rounded_to_what_can_be_charged() -> None:
    variant = VariantFactory()
    prices.set_price(variant.pk, Decimal("13.005"))
    assert history(variant) == [Decimal("13.01")]


def test_an_unknown_variant_is_an_error() -> None:
    with pytest.raises(Variant.DoesNotExist):
        prices.set_price(10**9, Decimal(1))
