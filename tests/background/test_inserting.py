"""Rows that are inserted by a statement worded once are as the ORM would have made them."""

import pytest
from django.db import IntegrityError, transaction
from django.forms import model_to_dict
from pytest_django import DjangoAssertNumQueries

from background.inserting import insert
from cart import defaults
from cart.models import Cart
from orders.models import LineItem, Order
from shop.models import StockMovement
from tests.checkout import placed_order
from tests.factories import VariantFactory

pytestmark = pytest.mark.django_db


def test_rows_are_inserted_in_one_statement_and_know_their_keys(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    variant = VariantFactory()
    rows = [
        StockMovement(variant=variant, kind=StockMovement.Kind.ADJUST, on_hand=units, reference=f"by {units}")
        for units in (1, 2, 3)
    ]
    with django_assert_num_queries(1):
        insert(*rows)
    assert {row.pk: (row.on_hand, row.reference, row.at) for row in rows} == {
        row.pk: (row.on_hand, row.reference, row.at)
        for row in StockMovement.objects.filter(reference__startswith="by ")
    }


def test_what_is_not_said_is_as_the_orm_leaves_it() -> None:
    one, other = Cart(held={"7": 2}), Cart.objects.create(held={"7": 2})
    insert(one)
    kept = Cart.objects.get(pk=one.pk)
    own = ("key", "created", "updated")
    assert model_to_dict(kept, exclude=("id", *own)) == model_to_dict(other, exclude=("id", *own))
    assert (kept.key, kept.created, kept.updated) == (one.key, one.created, one.updated)
    one.country = "FR"
    one.save()  # known as inserted, and so updated
    assert Cart.objects.get(pk=one.pk).country == "FR"


def test_a_column_that_the_database_fills_is_filled() -> None:
    defaults.load()
    order = Order.objects.get(pk=placed_order().pk)
    assert order.nothing_to_ship is False
    assert [item.order_id for item in LineItem.objects.all()] == [order.pk]


def test_what_a_constraint_refuses_is_an_error() -> None:
    cart = Cart()
    insert(cart)
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(Cart(key=cart.key))
