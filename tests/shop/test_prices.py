"""Each price a variant has had is written down once."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from shop import prices
from shop.models import Listing, PriceChange, Variant
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


def test_many_at_once_are_as_one_after_the_other() -> None:
    cheaper, dearer, same = (VariantFactory(price=Decimal(20)) for _variant in range(3))
    prices.set_prices({variant.pk: Decimal(20) for variant in (cheaper, dearer, same)})
    PriceChange.objects.update(at=timezone.now() - timedelta(days=40))
    assert prices.set_prices({cheaper.pk: Decimal(15), dearer.pk: Decimal("25.004"), same.pk: Decimal(20)}) == 2
    for variant, wanted in ((cheaper, [20, 15]), (dearer, [20, 25]), (same, [20])):
        variant.refresh_from_db()
        assert history(variant) == wanted
        assert variant.price == wanted[-1]
        assert variant.is_reduced is (variant == cheaper)
    assert cheaper.prior_price == 20
    listed = Listing.objects.filter(place=0).order_by("price").values_list("product", "price")
    assert list(listed) == [(v.product_id, v.price) for v in (cheaper, same, dearer)]


def test_many_cost_as_many_queries_as_a_few(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    variants = [VariantFactory(price=Decimal(20)) for _variant in range(40)]
    for some, price in ((variants[:2], 19), (variants, 18)):
        with django_assert_max_num_queries(14):
            prices.set_prices({variant.pk: Decimal(price) for variant in some})


def test_one_unknown_variant_among_many_changes_nothing() -> None:
    variant = VariantFactory(price=Decimal(20))
    with pytest.raises(Variant.DoesNotExist):
        prices.set_prices({variant.pk: Decimal(19), 10**9: Decimal(1)})
    variant.refresh_from_db()
    assert (variant.price, history(variant)) == (20, [])
