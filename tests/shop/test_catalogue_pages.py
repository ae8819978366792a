"""What shoppers see of the catalogue: lists, product pages, and what stays hidden."""

import json
import re
from decimal import Decimal

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse

from shop.models import Product
from tests.factories import AttributeValueFactory, CategoryFactory, ProductFactory, VariantFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pages_are_drawn_anew")]


def names(response) -> list[str]:
    return [card.name for card in response.context["page"]]


def test_the_home_page_lists_published_products(client: Client) -> None:
    VariantFactory(product__name="Old Oak Merlot")
    response = client.get("/")
    assert response.status_code == 200
    assert response.context["is_home"]
    assert "Old Oak Merlot" in response.content.decode()


def test_a_card_says_what_the_product_is(client: Client) -> None:
    values = [
        AttributeValueFactory(attribute__slug="producer", name="Casa Lenta"),
        AttributeValueFactory(attribute__slug="grape", name="Syrah"),
        AttributeValueFactory(attribute__slug="grape", name="Grenache"),
    ]
    bottle = VariantFactory(product__values=values, price=Decimal("15.00"), stock=4)
    VariantFactory(product=bottle.product, label="case of 6", price=Decimal("84.00"), volume=4500, stock=2)
    (card,) = client.get("/").context["page"]
    assert card.named == {"producer": "Casa Lenta", "grape": "Grenache, Syrah"}
    assert (card.variant.pk, card.variant_count, card.available) == (bottle.pk, 2, 4)
    assert card.variant.price_per_litre == Decimal("20")


def test_a_card_shows_the_cheapest_that_is_in_stock(client: Client) -> None:
    bottle = VariantFactory(price=Decimal("15.00"), stock=0)
    case = VariantFactory(product=bottle.product, price=Decimal("84.00"), stock=2)
    (card,) = client.get("/").context["page"]
    assert card.variant.pk == case.pk


def test_an_unpublished_product_is_neither_listed_nor_shown(client: Client) -> None:
    variant = VariantFactory(product__published=False, product__name="Secret")
    assert names(client.get("/")) == []
    assert names(client.get("/search/", {"q": "secret"})) == []
    assert client.get(variant.product.get_absolute_url()).status_code == 404


def test_a_product_with_nothing_to_buy_is_neither_listed_nor_shown(client: Client) -> None:
    product = ProductFactory()
    assert names(client.get("/")) == []
    assert client.get(product.get_absolute_url()).status_code == 404


def test_a_sold_out_product_stays_visible(client: Client) -> None:
    variant = VariantFactory(stock=0)
    (card,) = client.get("/").context["page"]
    assert card.available == 0
    response = client.get(variant.product.get_absolute_url())
    assert response.status_code == 200
    assert "Sold out" in response.content.decode()


def test_a_category_lists_its_products_and_those_of_shelves_in_it(client: Client) -> None:
    wines = CategoryFactory(name="Wines")
    red = CategoryFactory(name="Red", parent=wines)
    VariantFactory(product__category=red, product__name="Deep")
    VariantFactory(product__category=wines, product__name="Top")
    VariantFactory(product__name="Elsewhere")
    response = client.get("/category/wines/", {"sort": "name"})
    assert names(response) == ["Deep", "Top"]
    assert client.get("/category/red/").context["breadcrumbs"] == [
        ("Home", "/"),
        ("Wines", "/category/wines/"),
        ("Red", "/category/red/"),
    ]


def test_an_attribute_page_lists_products_with_the_value_or_one_below_it(client: Client) -> None:
    new_world = AttributeValueFactory(name="New World")
    chile = AttributeValueFactory(name="Chile", parent=new_world)
    maipo = AttributeValueFactory(attribute__slug="region", name="Maipo", parent=chile)
    VariantFactory(product__name="Andes", product__values=[maipo])
    VariantFactory(product__name="Elsewhere")
    for path in ("/country/new-world/", "/country/chile/", "/region/maipo/"):
        assert names(client.get(path)) == ["Andes"], path
    assert client.get("/region/maipo/").context["breadcrumbs"][1:] == [
        ("New World", "/country/new-world/"),
        ("Chile", "/country/chile/"),
        ("Maipo", "/region/maipo/"),
    ]


@pytest.mark.parametrize("path", ["/category/none/", "/country/atlantis/", "/colour/red/", "/product/none/"])
def test_unknown_pages_are_not_found(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/", "/search/"])
def test_lists_are_read_only(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405


def test_a_product_page_shows_variants_facts_and_relatives(client: Client) -> None:
    rioja = AttributeValueFactory(attribute__slug="region", name="Rioja")
    bottle = VariantFactory(product__values=[rioja], price=Decimal("15.00"), stock=3)
    case = VariantFactory(product=bottle.product, label="case of 6", position=1)
    gone = VariantFactory(product__values=[rioja], stock=0)
    cousin = VariantFactory(product__values=[rioja])
    VariantFactory(product__values=[rioja], product__published=False)
    response = client.get(bottle.product.get_absolute_url())
    assert [variant.pk for variant in response.context["variants"]] == [bottle.pk, case.pk]
    ((attribute, (told,)),) = response.context["product"].facts
    assert (attribute, told.name, told.get_absolute_url()) == ("Region", rioja.name, rioja.get_absolute_url())
    assert [card.pk for card in response.context["related"]] == [cousin.product_id, gone.product_id]
    assert reverse("cart:cart_add", args=[bottle.pk]) in response.content.decode()


def test_structured_data_equals_the_page_and_cannot_break_out_of_its_script(client: Client) -> None:
    name = "</script><b>Bad & Sons"
    VariantFactory(product__name=name, product__slug="bad", price=Decimal("15.5"), stock=0)
    html = client.get("/product/bad/").content.decode()
    (text,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    product, trail = json.loads(text)["@graph"]
    assert product["name"] == name
    assert product["offers"][0]["price"] == "15.50"
    assert product["offers"][0]["availability"] == "https://schema.org/OutOfStock"
    assert [item["position"] for item in trail["itemListElement"]] == [1, 2, 3]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("price", ["B", "C", "A"]),
        ("-price", ["A", "C", "B"]),
        ("name", ["A", "B", "C"]),
        ("newest", ["C", "B", "A"]),
        ("recommended", ["A", "C", "B"]),
        ("nonsense", ["A", "C", "B"]),
    ],
)
def test_lists_sort_and_put_what_is_sold_out_last_where_it_matters(client: Client, sort: str, expected: list) -> None:
    VariantFactory(product__name="A", price=30)
    VariantFactory(product__name="B", price=10, stock=0)
    VariantFactory(product__name="C", price=20)
    assert names(client.get("/", {"sort": sort})) == expected


@pytest.fixture
def eighteen_products() -> None:
    for number in range(18):
        VariantFactory(product__name=f"Wine number {number:02}")


@pytest.mark.usefixtures("eighteen_products")
@pytest.mark.parametrize(
    ("asked", "number"),
    [("1", 1), ("2", 2), ("3", 2), ("9" * 6000, 1), ("9" * 30, 2), ("-1", 2), ("0", 2), ("abc", 1), ("", 1)],
)
def test_any_page_number_shows_some_page(client: Client, asked: str, number: int) -> None:
    response = client.get("/", {"page": asked})
    assert response.status_code == 200
    assert response.context["page"].number == number
    assert len(names(response)) == (12 if number == 1 else 6)
    assert response.context["canonical"] == ("/" if number == 1 else "/?page=2")


@pytest.mark.usefixtures("eighteen_products")
def test_pages_share_no_product_and_miss_none(client: Client) -> None:
    seen = [name for page in (1, 2) for name in names(client.get("/", {"page": page, "sort": "price"}))]
    assert sorted(seen) == sorted(Product.objects.values_list("name", flat=True))


def test_only_plain_lists_may_be_indexed(client: Client) -> None:
    assert not client.get("/").context["noindex"]
    assert not client.get("/", {"page": "1"}).context["noindex"]
    assert client.get("/", {"sort": "name"}).context["noindex"]
    assert client.get("/search/").context["noindex"]


def test_the_footer_and_the_product_say_the_same_of_shipping(client: Client) -> None:
    product = VariantFactory().product
    page = client.get(product.get_absolute_url()).content.decode()
    assert page.count("Shipping is calculated at checkout.") == 2


def test_a_browser_that_asks_for_the_icon_by_its_old_name_gets_one(client: Client) -> None:
    response = client.get("/favicon.ico")
    assert response.status_code == 302
    assert finders.find(response["Location"].removeprefix("/static/"))
