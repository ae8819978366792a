"""What is suggested to somebody who types."""

import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from shop import profile
from tests.factories import AttributeFactory, AttributeValueFactory, CategoryFactory, VariantFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def cellar() -> None:
    AttributeFactory(slug="alcohol", is_filter=False)
    values = [
        AttributeValueFactory(attribute__slug="producer", name="Casa Ríos"),
        AttributeValueFactory(attribute__slug="region", name="Rioja"),
        AttributeValueFactory(attribute__slug="alcohol", name="Rioja strength"),
    ]
    reds = CategoryFactory(name="Reds")
    for number in range(12):
        VariantFactory(product__name=f"Rioja {number:02}", product__values=values, product__category=reds)
    VariantFactory(product__name="Rioja in secret", product__published=False, product__category=reds)
    VariantFactory(product__name="<b>Bold</b>")


def suggested(client: Client, typed: str) -> list[tuple[str, str]]:
    html = client.get("/search/suggestions/", {"q": typed}).content.decode()
    names = re.findall(r"<span>(.*?)</span>", html)
    return list(zip(names, re.findall(r'data-url="(.*?)"', html), strict=True))


def test_values_come_before_products_and_all_are_at_most_eight(client: Client) -> None:
    found = suggested(client, "rio")
    assert len(found) == 8
    assert found[:2] == [("Casa Ríos", "/producer/casa-rios/"), ("Rioja", "/region/rioja/")]
    assert all(url.startswith("/product/rioja-") for _name, url in found[2:])
    assert not [name for name, _url in found if "secret" in name or "strength" in name]


def test_shelves_and_mistakes_are_understood(client: Client) -> None:
    assert suggested(client, "red")[0][1].startswith("/category/reds")
    assert ("Rioja", "/region/rioja/") in suggested(client, "rioaj")


def test_names_are_escaped_and_nonsense_suggests_nothing(client: Client) -> None:
    assert suggested(client, "bold")[0][0] == "&lt;b&gt;Bold&lt;/b&gt;"
    for typed in ("", "%", "zzzzzz", "'", "a" * 5000):
        assert suggested(client, typed) == []


def test_suggesting_costs_the_same_however_much_is_found(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    profile.tree()  # each process reads it once in a while
    with django_assert_max_num_queries(2):
        suggested(client, "rioja")
    with django_assert_max_num_queries(5):
        suggested(client, "rioaj")
