"""The home page: what it shows of many products, and the ways it leads into them."""

from typing import Any

import pytest
from django.test import Client

from tests.factories import AttributeFactory, AttributeValueFactory, VariantFactory

pytestmark = pytest.mark.django_db


def names(cards: Any) -> list[str]:
    return [card.name for card in cards]


def test_it_shows_eight_best_sellers_and_leads_to_the_others(client: Client) -> None:
    for number in range(9):
        VariantFactory(product__name=f"Wine {number}", product__popularity=number)
    home = client.get("/")
    assert names(home.context["page"]) == [f"Wine {number}" for number in range(8, 0, -1)]
    assert home.content.decode().count("See all 9 products") == 2


def test_eight_products_are_all_there_is_to_see(client: Client) -> None:
    for _number in range(8):
        VariantFactory()
    home = client.get("/")
    assert len(home.context["page"]) == 8
    assert home.content.decode().count("See all 8 products") == 1
    assert home.context["newest"] == []


def test_new_is_what_can_be_bought(client: Client) -> None:
    for number in range(9):
        stock = 0 if number in (6, 8) else 5
        VariantFactory(product__name=f"Wine {number}", stock=stock, product__popularity=100 - number)
    assert names(client.get("/").context["newest"]) == ["Wine 7", "Wine 5", "Wine 4", "Wine 3"]


def test_the_newest_are_new_though_many_newer_ones_are_sold_out(client: Client) -> None:
    for number in range(20):
        stock = 0 if number > 15 else 5
        VariantFactory(product__name=f"Wine {number}", stock=stock, product__popularity=100 - number)
    assert names(client.get("/").context["newest"]) == ["Wine 15", "Wine 14", "Wine 13", "Wine 12"]


def test_ways_in_are_values_and_not_the_groups_they_stand_in(client: Client) -> None:
    country = AttributeFactory(name="Country", is_on_home=True)
    chile = AttributeValueFactory(name="Chile", parent=AttributeValueFactory(name="New World"))
    maipo = AttributeValueFactory(attribute__slug="region", name="Maipo", parent=chile)  # of another attribute
    spain = AttributeValueFactory(name="Spain")
    VariantFactory(product__values=[maipo])
    VariantFactory(product__values=[spain])
    (way,) = client.get("/").context["ways_in"]
    assert way.name == country.name
    assert [choice.name for choice in way.choices] == ["Chile", "Spain"]
