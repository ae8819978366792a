"""Pages cost a fixed number of queries, however much they show: in a process that knows nothing of the shop yet."""

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from shop import profile
from shop.models import Category, ProductImage
from tests.factories import AttributeValueFactory, CategoryFactory, VariantFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pages_are_drawn_anew")]
BUDGET = 7  # one of which asks whether a kept page still holds


@pytest.fixture
def stocked() -> Callable[[int], None]:
    """Puts so many products, each with two variants, three values and two pictures, on one shelf."""
    shelf = CategoryFactory(name="Red", parent=CategoryFactory(name="Wines"))
    values = [
        AttributeValueFactory(attribute__slug="region", name="Maipo", parent=AttributeValueFactory(name="Chile")),
        AttributeValueFactory(attribute__slug="grape", name="Malbec"),
        AttributeValueFactory(attribute__slug="vintage", name="2020"),
    ]

    def stock(count: int) -> None:
        for _number in range(count):
            product = VariantFactory(product__category=shelf, product__values=values).product
            VariantFactory(product=product, label="case of 6")
            for position in range(2):
                ProductImage.objects.create(
                    product=product, file="products/a.webp", width=8, height=10, position=position
                )

    return stock


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/?page=2",
        "/?sort=price",
        "/category/wines/",
        "/category/red/",
        "/country/chile/",
        "/region/maipo/",
        "/search/?q=malbec",
        "/?grape=malbec&country=chile&category=red&price_from=1&in_stock=1",
        "/country/chile/?grape=malbec&page=2",
        "/search/?q=malbec&grape=malbec",
    ],
)
def test_lists(
    client: Client, stocked: Callable, django_assert_max_num_queries: DjangoAssertNumQueries, path: str
) -> None:
    stocked(2)
    client.get(path)
    profile.forget()
    with django_assert_max_num_queries(BUDGET) as few:
        assert len(client.get(path).context["page"]) == 2
    stocked(48)
    profile.forget()
    with django_assert_max_num_queries(BUDGET) as many:
        assert len(client.get(path).context["page"]) == (8 if path == "/" else 12)
    assert len(many) == len(few)


def test_a_product_page(
    client: Client, stocked: Callable, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    stocked(2)
    path = Category.objects.get(slug="red").products.earliest("pk").get_absolute_url()
    client.get(path)
    profile.forget()
    with django_assert_max_num_queries(BUDGET) as few:
        assert len(client.get(path).context["related"]) == 1
    stocked(30)
    profile.forget()
    with django_assert_max_num_queries(BUDGET) as many:
        assert len(client.get(path).context["related"]) == 6
    assert len(many) == len(few)


def test_a_search_in_vain(client: Client, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    VariantFactory()
    for query in ("zzzzzz", "zzzzzz", "yyyyyy xxxxxx"):
        profile.forget()
        with django_assert_max_num_queries(8):
            assert client.get("/search/", {"q": query}).context["popular"]
