"""The database counts what changes pages, whoever changes it."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from shop import changes, prices, stock
from shop.models import (
    Attribute,
    CatalogueChange,
    Category,
    LegalPage,
    Listing,
    Product,
    ProductImage,
    ShopProfile,
    Variant,
)
from tests.factories import AttributeValueFactory, CategoryFactory, VariantFactory

pytestmark = pytest.mark.django_db


def is_counted(change: Callable[[], Any]) -> bool:
    before = changes.version()
    change()
    return changes.version() != before


def test_whatever_pages_show_is_counted() -> None:
    variant, value = VariantFactory(price=Decimal(12), stock=10), AttributeValueFactory()
    ProductImage.objects.create(product=variant.product, file="products/a.webp", width=3, height=4)
    assert is_counted(lambda: prices.set_price(variant.pk, Decimal(11)))
    assert is_counted(lambda: Variant.objects.update(label="1 l"))
    assert is_counted(lambda: Product.objects.update(description="Other"))
    assert is_counted(lambda: ProductImage.objects.update(alt="Other"))
    assert is_counted(lambda: variant.product.attribute_values.add(value))
    assert is_counted(lambda: variant.product.attribute_values.remove(value))
    assert is_counted(lambda: Category.objects.update(name="Other"))
    assert is_counted(lambda: Attribute.objects.update(name="Other"))
    assert is_counted(lambda: type(value).objects.update(name="Other"))
    assert is_counted(lambda: Listing.objects.update(price=9))
    assert is_counted(CategoryFactory)
    assert is_counted(
        lambda: LegalPage.objects.create(
            kind=LegalPage.Kind.TERMS, text="Text", profile=ShopProfile.objects.get_or_create(pk=1)[0]
        )
    )
    assert is_counted(variant.product.delete)


def test_what_no_page_shows_is_not() -> None:
    variant = VariantFactory(stock=10)
    ProductImage.objects.create(product=variant.product, file="products/a.webp", width=3, height=4)
    assert not is_counted(lambda: Variant.objects.update(cost=3, weight=900, low_stock_mark=5, label=variant.label))
    assert not is_counted(lambda: Product.objects.update(popularity=5, search_text="words", updated=timezone.now()))
    assert not is_counted(lambda: Listing.objects.update(popularity=5))
    assert not is_counted(lambda: ProductImage.objects.update(attempts=2))


def test_stock_is_counted_where_a_card_says_something_else() -> None:
    variant = VariantFactory(stock=6)
    said = [is_counted(lambda: stock.reserve({variant.pk: 1}, reference="A1")) for _unit in range(6)]
    assert said == [False, False, True, True, True, True]  # 5, 4, and then: only 3 left, 2, 1, sold out


def test_a_products_own_page_knows_each_unit() -> None:
    variant, other = VariantFactory(stock=60), VariantFactory(stock=60)
    before = changes.version(variant.product.slug)
    stock.reserve({other.pk: 1}, reference="A1")
    assert changes.version(variant.product.slug) == before
    stock.reserve({variant.pk: 1}, reference="A1")
    assert changes.version(variant.product.slug) != before
    assert changes.version("no-such-wine") == changes.version()


def test_what_is_rolled_back_was_no_change() -> None:
    VariantFactory()
    before = changes.version()
    with transaction.atomic():
        Product.objects.update(name="Other")
        assert changes.version() != before
        transaction.set_rollback(True)
    assert changes.version() == before
    assert is_counted(lambda: Product.objects.update(name="Another"))


def test_many_rows_of_one_statement_are_one_change() -> None:
    for _number in range(3):
        VariantFactory()
    CatalogueChange.objects.all().delete()
    Product.objects.update(name="Other")
    assert CatalogueChange.objects.count() == 1


def test_rows_that_say_nothing_any_more_are_removed() -> None:
    VariantFactory()
    CatalogueChange.objects.update(at=timezone.now() - changes.KEPT - timedelta(seconds=1))
    Product.objects.update(name="Other")
    changes.forget_old()
    assert CatalogueChange.objects.count() == 1
    assert changes.forget_old() == 0


def test_triggers_are_made_once_and_those_of_another_release_removed() -> None:
    there = dict(changes._there())
    assert len(there) == 3 * len(changes.UNSEEN)
    changes.install()
    assert dict(changes._there()) == there
    with connection.cursor() as cursor:
        text = changes.POSTGRES if connection.vendor == "postgresql" else changes.SQLITE
        name = "shop_shown_category_insert_00000000"
        cursor.execute(text.format(name=name, event="INSERT", table="shop_category", condition=""))
    changes.install()
    assert dict(changes._there()) == there


@pytest.mark.django_db(transaction=True)
def test_without_their_tables_nothing_is_counted() -> None:
    call_command("migrate", "shop", "0010", verbosity=0)
    try:
        assert not changes._there()
        CategoryFactory()
    finally:
        Category.objects.all().delete()
        call_command("migrate", "shop", verbosity=0)
    assert is_counted(CategoryFactory)
