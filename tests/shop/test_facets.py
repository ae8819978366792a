"""Narrowing a list: what each choice would show, what is applied, and addresses that ask for nonsense."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from shop import listings
from shop.models import Category
from tests.factories import AttributeFactory, AttributeValueFactory, CategoryFactory, VariantFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pages_are_drawn_anew")]


@pytest.fixture(autouse=True)
def cellar() -> None:
    """Six wines: four red, two white; two from Spain, three from Chile; Syrah, Merlot and Cava."""
    red, white = CategoryFactory(name="Red"), CategoryFactory(name="White")
    old, new = AttributeValueFactory(name="Old World"), AttributeValueFactory(name="New World")
    spain = AttributeValueFactory(name="Spain", parent=old)
    chile = AttributeValueFactory(name="Chile", parent=new)
    maipo = AttributeValueFactory(attribute__slug="region", name="Maipo", parent=chile)
    syrah = AttributeValueFactory(attribute__slug="grape", name="Syrah")
    merlot = AttributeValueFactory(attribute__slug="grape", name="Merlot")
    AttributeFactory(slug="alcohol", is_filter=False)
    alcohol = AttributeValueFactory(attribute__slug="alcohol", name="13")
    for name, shelf, values, price, stock in [
        ("Rioja", red, [spain, syrah, alcohol], 10, 5),
        ("Cava", white, [spain], 20, 5),
        ("Maipo", red, [maipo, syrah], 30, 0),
        ("Andes", red, [chile, merlot], 40, 5),
        ("Coast", white, [chile, maipo, merlot], 50, 5),
        ("Lonely", red, [], 60, 5),
    ]:
        VariantFactory(product__name=name, product__category=shelf, product__values=values, price=price, stock=stock)


def look(client: Client, path: str = "/", **asked: Any) -> Any:
    return client.get(path, {"sort": "name", **asked})


def names(response: Any) -> list[str]:
    return [card.name for card in response.context["page"]]


def counts(response: Any, slug: str) -> dict[str, int]:
    facets = {facet.slug: facet.choices for facet in response.context["offered"]}
    facets["category"] = response.context["shelves"]
    return {choice.name: choice.count for choice in facets.get(slug, ())}


def test_each_choice_says_how_many_it_shows(client: Client) -> None:
    response = look(client)
    assert counts(response, "category") == {"Red": 4, "White": 2}
    assert counts(response, "country") == {"Spain": 2, "Chile": 3, "Old World": 2, "New World": 3}
    assert counts(response, "grape") == {"Syrah": 2, "Merlot": 2}
    assert response.context["facets"].in_stock == 5
    assert (response.context["facets"].lowest, response.context["facets"].highest) == (10, 60)


def test_what_is_no_filter_and_what_leaves_no_choice_is_not_offered(client: Client) -> None:
    assert counts(look(client), "alcohol") == {}
    assert counts(look(client), "region") == {}
    assert counts(look(client, "/country/chile/"), "country") == {}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"grape": "syrah"}, ["Maipo", "Rioja"]),
        ({"grape": ["syrah", "merlot"]}, ["Andes", "Coast", "Maipo", "Rioja"]),
        ({"grape": ["syrah", "merlot"], "country": "chile"}, ["Andes", "Coast", "Maipo"]),
        ({"country": "new-world", "category": "red"}, ["Andes", "Maipo"]),
        ({"category": ["red", "white"], "in_stock": "1"}, ["Andes", "Cava", "Coast", "Lonely", "Rioja"]),
        ({"price_from": "20", "price_to": "30,00"}, ["Cava", "Maipo"]),
        ({"price_from": "999999999"}, []),
    ],
)
def test_facets_narrow_each_other_their_values_are_alternatives(client: Client, asked: dict, expected: list) -> None:
    assert names(look(client, **asked)) == expected


def test_a_facets_own_choice_does_not_narrow_its_counts(client: Client) -> None:
    response = look(client, grape="syrah", category="red")
    assert counts(response, "grape") == {"Syrah": 2, "Merlot": 1}
    assert counts(response, "category") == {"Red": 2}
    assert counts(response, "country") == {"Chile": 1, "New World": 1, "Old World": 1, "Spain": 1}


def test_every_count_is_what_the_list_then_shows(client: Client) -> None:
    for applied in ({}, {"grape": "syrah"}, {"country": "spain"}, {"in_stock": "1"}, {"price_to": "40"}):
        response = look(client, **applied)
        for facet in response.context["offered"]:
            for choice in facet.choices:
                narrowed = look(client, **applied | {facet.slug: choice.slug})
                assert narrowed.context["facets"].total == choice.count, (applied, facet.slug, choice.name)


def test_a_shelf_counts_what_stands_on_the_shelves_in_it(client: Client) -> None:
    Category.objects.filter(slug="white").update(parent=Category.objects.get(slug="red"))
    listings.refresh_all()
    assert counts(look(client), "category") == {"Red": 6}
    assert counts(look(client, "/category/red/"), "category") == {"White": 2}
    assert names(look(client, "/category/red/", category="white")) == ["Cava", "Coast"]


def test_chips_remove_themselves_and_all(client: Client) -> None:
    response = look(client, grape="syrah", price_to="30", in_stock="1")
    chips = {chip.name: chip.url for chip in response.context["chips"]}
    assert list(chips) == ["Syrah", "Up to €30.00", "In stock"]
    assert chips["Syrah"] == "/?sort=name&price_to=30&in_stock=1"
    assert response.context["without_filters"] == "/?sort=name"
    assert "Remove all" in response.content.decode()
    assert "Remove all" not in look(client, grape="syrah").content.decode()


def test_a_filtered_search_keeps_its_words(client: Client) -> None:
    response = client.get("/search/", {"q": "syrah", "country": "spain"})
    assert names(response) == ["Rioja"]
    assert [chip.url for chip in response.context["chips"]] == ["/search/?q=syrah"]
    assert '<input type="hidden" name="q" value="syrah">' in response.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "grape=nonsense",
        "grape=",
        "nonsense=1",
        "utm_source=mail",
        "category=nonsense",
        "price_from=abc",
        "price_from=NaN",
        "price_to=1e9",
        "price_from=-1",
        "price_to=" + "9" * 5000,
        "in_stock=maybe",
        "alcohol=13",
        "grape=" + "x" * 5000,
        "x" * 5000 + "=1",
        "&".join(f"grape=g{number}" for number in range(500)),
        "grape=%F0%9F%98%80",
        "grape='--",
        "grape=%25s",
    ],
)
def test_what_is_unknown_or_malformed_is_left_out(client: Client, query: str) -> None:
    response = client.get(f"/?{query}")
    assert response.status_code == 200
    assert response.context["facets"].total == 6
    assert response.context["chips"] == []
    assert response.context["canonical"] == "/"


def test_combinations_are_not_indexed_and_have_one_canonical_address(client: Client) -> None:
    one = client.get("/?grape=syrah&grape=merlot&country=chile&utm_source=mail&sort=price")
    other = client.get("/?country=chile&grape=merlot&grape=syrah")
    assert one.context["canonical"] == other.context["canonical"] == "/?country=chile&grape=merlot&grape=syrah"
    assert 'content="noindex, follow"' in one.content.decode()


def test_more_than_a_few_choices_are_folded_away(client: Client) -> None:
    for number in range(9):
        grape = AttributeValueFactory(attribute__slug="grape", name=f"Grape {number}")
        VariantFactory(product__values=[grape], price=Decimal(10))
    page = client.get("/?grape=grape-8").content.decode()
    assert page.count('name="grape"') == 11
    assert "More: Grape" in page


def test_nothing_left_says_so_and_keeps_the_filters(client: Client) -> None:
    page = client.get("/?country=spain&price_from=999").content.decode()
    assert 'name="price_from"' in page
    assert "Remove all" in page
