"""Finding products by words."""

import pytest
from django.test import Client
from hypothesis import given, strategies as st

from shop import search
from shop.models import AttributeValue, Product
from tests.factories import AttributeValueFactory, VariantFactory


@pytest.fixture
def rose(db: None) -> Product:
    values = [
        AttributeValueFactory(attribute__slug="producer", name="Château Brûlé"),
        AttributeValueFactory(attribute__slug="vintage", name="2021"),
    ]
    return VariantFactory(
        product__name="Rosé d’Été", product__slug="rose", product__category__name="Pink Wines", product__values=values
    ).product


@pytest.mark.parametrize(
    "query",
    ["rosé", "ROSE", "ete rose", "brule 2021", "chateau   Rosé", "pink", "d'ete", ""],
)
def test_every_word_may_match_name_values_or_category(client: Client, rose: Product, query: str) -> None:
    VariantFactory(product__name="Other") if query else None
    response = client.get("/search/", {"q": query})
    assert [card.pk for card in response.context["page"]] == [rose.pk]


@pytest.mark.parametrize("query", ["rose 2020", "riesling", "%", "r_se", "' OR 1=1 --", "\\"])
def test_one_word_that_matches_nothing_finds_nothing(client: Client, rose: Product, query: str) -> None:
    response = client.get("/search/", {"q": query})
    assert response.status_code == 200
    assert list(response.context["page"]) == []


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["a" * 100_000, "😀", "\ud7ff\u202e", "word " * 5000, "<script>"])
def test_no_query_breaks_the_page(client: Client, query: str) -> None:
    response = client.get("/search/", {"q": query})
    assert response.status_code == 200
    assert len(response.context["query"]) <= search.LONGEST_QUERY
    assert "<script>alert" not in response.content.decode()


def test_the_term_is_repeated_and_escaped(client: Client, rose: Product) -> None:
    response = client.get("/search/", {"q": "<b>nothing</b>"})
    assert "&lt;b&gt;nothing" in response.content.decode()
    assert "<b>nothing" not in response.content.decode()


def test_indexing_again_follows_a_renamed_value(rose: Product) -> None:
    AttributeValue.objects.filter(name="2021").update(name="2022")
    search.index(Product.objects.all())
    search.index(Product.objects.all())
    assert search.find("2022") == (rose.pk,)
    assert search.find("2021") == ()


@given(st.text())
def test_normalising_twice_is_normalising_once(text: str) -> None:
    once = search.normalise(text)
    assert search.normalise(once) == once
    assert "\0" not in once


def test_an_empty_search_says_so_in_its_heading(client: Client, rose: Product) -> None:
    page = " ".join(client.get("/search/", {"q": "zzzzzz<"}).content.decode().split())
    assert "<h1> Nothing found for “zzzzzz&lt;” </h1>" in page
    assert "Results for" not in page.split("<h1>")[1]
    found = " ".join(client.get("/search/", {"q": rose.name}).content.decode().split())
    assert "Nothing found" not in found
