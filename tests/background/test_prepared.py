"""Prepared queries find what their querysets find, and are worked out once."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any
from unittest.mock import Mock, patch

import psycopg2
import pytest
from django.db import OperationalError, connection, transaction
from django.db.models import BigIntegerField, CharField, DateTimeField
from django.http import Http404
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from background.prepared import Given, Prepared
from cart.models import Cart, CartLine
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


def cart_planned_once() -> Prepared[Cart]:
    return Prepared(lambda: Cart.objects.filter(key=Given("key", CharField())).exclude(method="5 %"), planned_once=True)


@pytest.fixture
def other() -> Iterator[Any]:
    """Somebody else's connection to the same database."""
    with closing(psycopg2.connect(**connection.get_connection_params())) as theirs:
        theirs.autocommit = True
        yield theirs.cursor()


def plans() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements WHERE name LIKE 'shop_%'")
        return [sql for (sql,) in cursor.fetchall()]


@pytest.mark.needs("postgres")
@pytest.mark.django_db(transaction=True)
def test_a_connection_plans_it_once(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    cart, prepared = Cart.objects.create(), cart_planned_once()
    connection.close()
    with django_assert_num_queries(2):
        assert prepared(key=cart.key) == [cart]
    with django_assert_num_queries(1):
        assert prepared(key="none") == []
    (statement,) = plans()
    assert "$1" in statement
    assert "'5 %'" in statement
    connection.close()
    assert prepared(key=cart.key) == [cart]


@pytest.mark.needs("postgres")
@pytest.mark.django_db(transaction=True)
def test_in_a_transaction_nothing_is_called_by_a_name_that_might_be_lost() -> None:
    cart, prepared = Cart.objects.create(), cart_planned_once()
    connection.close()
    with transaction.atomic():
        assert prepared(key=cart.key) == [cart]
    assert plans() == []


@pytest.mark.needs("postgres")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("lost", ["DEALLOCATE ALL", "ALTER TABLE cart_cart ALTER COLUMN method TYPE varchar(21)"])
def test_a_plan_that_is_lost_or_no_longer_true_is_made_anew(lost: str) -> None:
    cart, prepared = Cart.objects.create(), cart_planned_once()
    assert prepared(key=cart.key) == [cart]
    try:
        with connection.cursor() as cursor:
            cursor.execute(lost)
        assert prepared(key=cart.key) == [cart]
        assert plans() == []  # run without a name, on a new connection
        assert prepared(key=cart.key) == [cart]
        assert len(plans()) == 1
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE cart_cart ALTER COLUMN method TYPE varchar(20)")


@pytest.mark.needs("postgres")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("planned_once", [False, True])
def test_what_a_request_asks_first_finds_a_broken_connection_and_makes_another(planned_once: bool, other: Any) -> None:
    cart = Cart.objects.create()
    prepared = Prepared(lambda: Cart.objects.filter(key=Given("key", CharField())), planned_once=planned_once)
    assert prepared(key=cart.key) == [cart]
    connection.close_if_unusable_or_obsolete()  # as before every request
    with patch.object(connection, "is_usable") as asked:
        assert prepared(key=cart.key) == [cart]
    asked.assert_not_called()
    connection.close_if_unusable_or_obsolete()
    other.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
    assert prepared(key=cart.key) == [cart]


@pytest.mark.needs("postgres")
@pytest.mark.django_db(transaction=True)
def test_a_connection_that_breaks_later_in_a_request_is_an_error(other: Any) -> None:
    prepared = by_sku()
    prepared(sku="none")
    other.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
    with pytest.raises(OperationalError):
        prepared(sku="none")
    connection.close()
