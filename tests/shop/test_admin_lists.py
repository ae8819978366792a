"""Lists and forms of the catalogue in the admin: a fixed number of queries, and nothing that its policy forbids."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from shop import importing, slugs, stock
from shop.models import Product, ProductImage
from tests.factories import AttributeValueFactory, CategoryFactory, VariantFactory
from tests.test_templates import UNSAFE

pytestmark = pytest.mark.django_db
LISTS = ["product", "category", "attribute", "attributevalue", "stockmovement", "pricechange", "catalogueimport"]


def stocked(count: int) -> None:
    parent = CategoryFactory()
    for _number in range(count):
        country = AttributeValueFactory()
        value = AttributeValueFactory(attribute__slug="region", parent=country)
        variant = VariantFactory(product__category=CategoryFactory(parent=parent), product__values=[country, value])
        ProductImage.objects.create(product=variant.product, file="products/a.webp", width=8, height=10)
        stock.adjust(variant.pk, 1, reference="delivery")
        slugs.note_old(variant.product, f"old-{variant.pk}")
        importing.upload(b"sku\nA\n", name="a.csv", actor="anna")


def queries(client: Client, path: str, assertion: Callable[..., Any]) -> int:
    client.get(path)  # content types are read once per process
    with assertion(15) as captured:
        response = client.get(path)
    assert response.status_code == 200
    assert not UNSAFE.findall(response.content.decode())
    return len(captured)


@pytest.mark.parametrize("model", LISTS)
def test_a_list_costs_the_same_however_much_it_shows(
    admin_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries, model: str
) -> None:
    path = reverse(f"admin:shop_{model}_changelist")
    stocked(2)
    few = queries(admin_client, path, django_assert_max_num_queries)
    stocked(20)
    for number in range(20):
        AttributeValueFactory(attribute__slug=f"attribute-{number}")
    assert queries(admin_client, path, django_assert_max_num_queries) == few


def test_the_form_of_a_product_costs_the_same_however_many_pictures_and_values_there_are(
    admin_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    stocked(1)
    product = Product.objects.get()
    path = reverse("admin:shop_product_change", args=[product.pk])
    few = queries(admin_client, path, django_assert_max_num_queries)
    for number in range(8):
        ProductImage.objects.create(product=product, file="products/a.webp", width=8, height=10, position=number)
        product.attribute_values.add(AttributeValueFactory(attribute__slug="grape"))
        VariantFactory(product=product)
    assert queries(admin_client, path, django_assert_max_num_queries) == few
