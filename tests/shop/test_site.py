"""What the shop tells crawlers and browsers of itself, and that it is true."""

import json
import re
from typing import Any
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries, Settings

from shop import keeping, sitemaps
from shop.languages import path_in
from shop.models import MissedSearch, ShopProfile
from tests.factories import AttributeValueFactory, CategoryFactory, VariantFactory

NAMES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}

pytestmark = pytest.mark.django_db


def locations(client: Client, path: str) -> list[str]:
    response = client.get(path)
    assert response.status_code == 200, path
    tree = ElementTree.fromstring(response.content)  # noqa: S314 - our own
    return [str(node.text) for node in tree.iterfind(".//s:loc", NAMES)]


def graph(client: Client, path: str) -> dict[str, Any]:
    (text,) = re.findall(
        r'<script type="application/ld\+json">(.*?)</script>', client.get(path).content.decode(), re.DOTALL
    )
    return {thing["@type"]: thing for thing in json.loads(text)["@graph"]}


def everything(client: Client) -> set[str]:
    parts = [re.sub(r"^http://testserver", "", part) for part in locations(client, "/sitemap.xml")]
    return {place.removeprefix(settings.SITE_URL) for part in parts for place in locations(client, part)}


def test_the_sitemap_names_what_may_be_indexed_and_nothing_else(client: Client) -> None:
    spain = AttributeValueFactory(name="Spain")
    AttributeValueFactory(name="Nowhere")
    shown = VariantFactory(product__values=[spain], product__category=CategoryFactory(name="Red")).product
    VariantFactory(product__published=False, product__category=shown.category)
    paths = {"/", "/help/", "/category/red/", "/country/spain/", shown.get_absolute_url()}
    assert everything(client) == {path_in(code, path) for code in ("en", "ru", "es") for path in paths}
    for path in paths:
        page = client.get(path).content.decode()
        assert "noindex" not in page, path
        assert f'<link rel="canonical" href="{settings.SITE_URL}{path}">' in page, path


def test_a_large_catalogue_gets_several_sitemaps_of_few_queries(
    client: Client, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    monkeypatch.setattr(sitemaps.ShopSitemap, "limit", 4)
    products = [VariantFactory().product for _number in range(10)]
    assert len([place for place in locations(client, "/sitemap.xml") if "products.xml" in place]) == 3
    with django_assert_max_num_queries(2):
        second = locations(client, "/sitemap-products.xml?p=2")
    assert [place.removeprefix(settings.SITE_URL) for place in second] == [p.get_absolute_url() for p in products[4:8]]
    with django_assert_max_num_queries(8 * len(settings.LANGUAGES)):
        client.get("/sitemap.xml")
    assert client.get("/sitemap-products.xml?p=99").status_code == 404
    assert client.get("/sitemap-nothing.xml").status_code == 404


def test_a_sitemap_of_a_language_names_the_same_pages_in_the_others(client: Client) -> None:
    path = VariantFactory().product.get_absolute_url()
    tree = ElementTree.fromstring(client.get("/sitemap-products-ru.xml").content)  # noqa: S314 - our own
    assert [node.text for node in tree.iterfind(".//s:loc", NAMES)] == [f"{settings.SITE_URL}/ru{path}"]
    links = {node.get("hreflang"): node.get("href") for node in tree.iterfind(".//x:link", NAMES)}
    assert links == {code: settings.SITE_URL + path_in(code, path) for code in ("en", "ru", "es")}


def test_robots_are_kept_from_what_is_private_and_shown_the_sitemap(client: Client) -> None:
    lines = client.get("/robots.txt").content.decode().splitlines()
    assert {"Disallow: /cart/", "Disallow: /orders/", "Disallow: /payment/", "Disallow: /search/"} <= set(lines)
    assert {"Disallow: /ru/cart/", "Disallow: /es/search/"} <= set(lines)
    assert lines[-1] == f"Sitemap: {settings.SITE_URL}/sitemap.xml"


def test_pages_may_be_fetched_ahead_but_not_what_is_private(client: Client) -> None:
    VariantFactory()
    address = client.get("/")["Speculation-Rules"].strip('"')
    rules = client.get(address)
    assert rules["Content-Type"] == "application/speculationrules+json"
    assert "/cart/*" in json.dumps(rules.json())
    assert "prerender" not in rules.json()
    assert "Speculation-Rules" not in client.get("/cart/")


def test_a_list_tells_crawlers_the_products_it_shows_in_their_order(client: Client) -> None:
    shelf = CategoryFactory(name="Red")
    for number in range(14):
        VariantFactory(product__name=f"Wine {number:02}", product__category=shelf)
    for path in ("/category/red/", "/category/red/?page=2"):
        shown = [card.get_absolute_url() for card in client.get(path).context["page"]]
        told = graph(client, path)["ItemList"]["itemListElement"]
        assert [item["url"].removeprefix(settings.SITE_URL) for item in told] == shown
    assert [item["position"] for item in told] == [13, 14]
    trail = graph(client, "/category/red/")["BreadcrumbList"]["itemListElement"]
    assert [item["name"] for item in trail] == ["Home", "Red"]


def test_a_product_tells_crawlers_the_prices_and_stock_it_shows(client: Client) -> None:
    bottle = VariantFactory(price="15.50", stock=2, product__name="Rioja")
    VariantFactory(product=bottle.product, label="case of 6", price="90", stock=0)
    path = bottle.product.get_absolute_url()
    page = client.get(path).content.decode()
    offers = graph(client, path)["Product"]["offers"]
    assert [(offer["price"], offer["availability"].rpartition("/")[2]) for offer in offers] == [
        ("15.50", "InStock"),
        ("90.00", "OutOfStock"),
    ]
    for offer in offers:
        assert f"€{offer['price']}" in page
        assert offer["name"] in page
    assert "Only 2 left" in " ".join(page.split())
    assert "Sold out" in page


def test_the_home_page_says_who_runs_the_shop(client: Client) -> None:
    ShopProfile.objects.update_or_create(pk=1, defaults={"legal_name": "Cellar & Co </script>", "phone": "+49 30 1"})
    site = graph(client, "/")
    assert site["Organization"]["legalName"] == "Cellar & Co </script>"
    assert site["Organization"]["telephone"] == "+49 30 1"
    assert "vatID" not in site["Organization"]
    assert site["WebSite"]["potentialAction"]["target"] == f"{settings.SITE_URL}/search/?q={{words}}"


@pytest.mark.parametrize("path", ["/", "/?page=1", "/search/", "/help/", "/cart/", "/nothing/here/at/all/"])
def test_help_is_in_the_same_place_on_every_page(client: Client, path: str) -> None:
    header = client.get(path).content.decode().partition("</header>")[0]
    assert header.index('href="/help/"') < header.index('href="/cart/"')


def test_a_page_that_does_not_exist_offers_search_and_shelves(client: Client) -> None:
    CategoryFactory(name="Red")
    response = client.get("/nothing/here/at/all/")
    assert response.status_code == 404
    main = response.content.decode().partition("<main")[2]
    assert 'action="/search/"' in main
    assert 'href="/category/red/"' in main


def test_a_visitor_without_a_cart_costs_no_query_for_a_session(client: Client) -> None:
    product = VariantFactory().product
    for path in ("/", "/search/?q=wine", product.get_absolute_url(), "/help/"):
        client.get(path)
        with CaptureQueriesContext(connection) as asked:
            response = client.get(path)
        statements = [query["sql"] for query in asked.captured_queries]
        assert not [sql for sql in statements if "session" in sql or "auth_user" in sql or "cart_" in sql], path
        assert not response.cookies.get(settings.SESSION_COOKIE_NAME)


def test_staff_see_what_was_searched_for_in_vain(admin_client: Client) -> None:
    MissedSearch.objects.create(term="ice cream", times=3)
    page = admin_client.get("/admin/shop/missedsearch/").content.decode()
    assert "ice cream" in page
    assert admin_client.get("/admin/shop/missedsearch/add/").status_code == 403


def test_every_page_says_at_the_door_who_may_buy_and_keeps_nobody_out(client: Client, settings: Settings) -> None:
    words = "We sell to people of 18 or older."
    product = VariantFactory().product
    for path in ("/", product.get_absolute_url(), "/cart/", "/help/"):
        text = client.get(path).content.decode()
        assert words in text
        assert "<h1" in text
    settings.SHOP_MINIMUM_AGE = 0
    keeping.shelf.clear()  # settings change with a new process only
    assert words not in client.get("/").content.decode()
