"""Prepared queries find what their querysets find, and are worked out once."""

from datetime import timedelta
from unittest.mock import Mock

import pytest
from django.db import connection
from django.db.models import BigIntegerField, CharField, DateTimeField
from django.http import Http404
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from background.prepared import Given, Prepared
from cart.models import CartLine
from shop.models import Product, Variant
from tests.checkout import filled_cart
from tests.factories import VariantFactory
from tests.races import run_together

pytestmark = pytest.mark.django_db


def by_sku() -> Prepared[Variant]:
    return Prepared(lambda: Variant.objects.filter(sku=Given("sku", CharField())))


def test_it_is_worked_out_once_and_run_with_other_values(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    one, two = VariantFactory(), VariantFactory()
    build = Mock(return_value=Variant.objects.filter(sku=Given("sku", CharField())))
    prepared = Prepared[Variant](build)
    with django_assert_num_queries(3):
        assert [prepared(sku=sku) for sku in (one.sku, two.sku, "none")] == [[one], [two], []]
    build.assert_called_once_with()


def test_rows_come_with_what_the_queryset_asks_for(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    cart = filled_cart(VariantFactory(), VariantFactory())
    prepared = Prepared(lambda: CartLine.objects.with_products().filter(cart_id=Given("cart", BigIntegerField())))
    with django_assert_num_queries(1):
        found = [(line.pk, str(line.variant), line.cover, line.quantity) for line in prepared(cart=cart.pk)]
    wanted = cart.lines.with_products()
    assert found == [(line.pk, str(line.variant), line.cover, line.quantity) for line in wanted]


def test_moments_are_compared_as_the_database_keeps_them() -> None:
    now = timezone.now()
    VariantFactory(product__published_from=now)
    begun = Prepared(lambda: Product.objects.filter(published_from__lte=Given("now", DateTimeField())))
    assert len(begun(now=now)) == 1
    assert not begun(now=now - timedelta(microseconds=1))


def test_one_row_none_and_a_page_that_is_not_there() -> None:
    variant, prepared = VariantFactory(), by_sku()
    assert prepared.first(sku=variant.sku) == prepared.get_or_404(sku=variant.sku) == variant
    assert prepared.first(sku="none") is None
    with pytest.raises(Http404):
        prepared.get_or_404(sku="none")


@pytest.mark.needs("postgres")
@pytest.mark.django_db(transaction=True)
def test_threads_run_it_at_once_each_on_its_own_connection() -> None:
    variants, prepared = [VariantFactory() for _variant in range(3)], by_sku()

    def look(number: int) -> tuple[bool, object]:
        found = [prepared.first(sku=variant.sku) == variant for variant in variants for _turn in range(30)]
        return all(found), connection.connection

    (well_one, one), (well_two, two) = run_together([lambda: look(1), lambda: look(2)], connections=2)
    assert well_one
    assert well_two
    assert one is not two
