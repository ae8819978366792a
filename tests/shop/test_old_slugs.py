"""A product or category that changes its slug is still found where it was."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from shop import slugs
from shop.models import Category, OldSlug, Product
from tests.factories import CategoryFactory, VariantFactory
from tests.shop.test_admin import change_url, product_form

pytestmark = pytest.mark.django_db


def rename(admin_client: Client, product: Product, slug: str) -> None:
    product.refresh_from_db()
    assert admin_client.post(change_url(product), product_form(product) | {"slug": slug}).status_code == 302


def rename_category(admin_client: Client, category: Category, slug: str) -> None:
    data = {"name": category.name, "slug": slug, "position": 0, "description": ""}
    url = reverse("admin:shop_category_change", args=[category.pk])
    assert admin_client.post(url, data).status_code == 302


def test_old_addresses_of_a_product_lead_to_the_newest(admin_client: Client, client: Client) -> None:
    product = VariantFactory(product__name="Merlot", product__slug="merlot").product
    for slug in ("merlot-2019", "merlot-2020"):
        rename(admin_client, product, slug)
    for slug in ("merlot", "merlot-2019"):
        response = client.get(f"/product/{slug}/")
        assert (response.status_code, response.headers["Location"]) == (301, "/product/merlot-2020/")
    assert client.get("/product/merlot-2020/").status_code == 200
    assert client.get("/product/never/").status_code == 404


def test_a_slug_that_is_taken_again_is_no_old_one(admin_client: Client, client: Client) -> None:
    product = VariantFactory(product__slug="merlot").product
    rename(admin_client, product, "other")
    rename(admin_client, product, "merlot")
    assert client.get("/product/merlot/").status_code == 200
    assert client.get("/product/other/").headers["Location"] == "/product/merlot/"
    rename(admin_client, product, "third")
    new = VariantFactory(product__slug="merlot").product
    assert client.get("/product/merlot/").context["product"].pk == new.pk


def test_the_last_to_give_up_a_slug_gets_its_visitors(client: Client) -> None:
    first, second = (VariantFactory(product__slug=slug).product for slug in ("a", "b"))
    for _time in range(2):
        slugs.note_old(first, "old")
        slugs.note_old(second, "old")
    assert client.get("/product/old/").headers["Location"] == "/product/b/"
    assert OldSlug.objects.count() == 1


def test_a_product_that_is_not_published_is_not_betrayed(client: Client) -> None:
    product = VariantFactory(product__slug="new", product__published=False).product
    slugs.note_old(product, "old")
    assert client.get("/product/old/").status_code == 404


def test_old_addresses_of_a_category_lead_to_the_new_one(admin_client: Client, client: Client) -> None:
    category = CategoryFactory(name="Red", slug="red")
    product = VariantFactory(product__slug="red").product
    slugs.note_old(product, "rot")  # a product's old slug is another address than a category's
    rename_category(admin_client, category, "red-wine")
    response = client.get("/category/red/")
    assert (response.status_code, response.headers["Location"]) == (301, "/category/red-wine/")
    assert client.get("/category/rot/").status_code == 404


def test_an_address_that_still_works_costs_no_query_for_old_ones(client: Client) -> None:
    VariantFactory(product__slug="merlot")
    with CaptureQueriesContext(connection) as captured:
        client.get("/product/merlot/")
    assert captured.captured_queries
    assert not [query for query in captured.captured_queries if "oldslug" in query["sql"]]
