"""Amounts and links as templates write them."""

from decimal import Decimal

from django.core.paginator import Page, Paginator
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from shop.views.leafing import links_of


def render(text: str, query: str = "", **context: object) -> str:
    request = RequestFactory().get(f"/?{query}")
    return Template(text).render(Context({"request": request, **context}))


def test_money_follows_the_language() -> None:
    text = "{% load money %}{{ amount|money:currency }}"
    assert render(text, amount=Decimal("1046.400"), currency="EUR") == "€1,046.40"
    with translation.override("de"):
        assert render(text, amount=Decimal("1046.400"), currency="EUR") == "1.046,40\xa0€"
    assert render(text, amount=Decimal(500), currency="JPY") == "¥500"


def test_no_amount_is_no_text() -> None:
    assert render("{% load money %}{{ amount|money:'EUR' }}", amount=None) == ""


def links(query: str, number: int = 2) -> dict[str, str]:
    return links_of(RequestFactory().get(f"/?{query}"), Page([], number, Paginator(range(100), 12)))


def test_links_to_other_pages_keep_what_the_address_says() -> None:
    assert links("")["next"] == "/?page=3"
    assert links("page=1&sort=name")["previous"] == "/?page=1&sort=name"
    assert links("q=a%26b&q=c&page=7")["last"] == "/?q=a%26b&q=c&page=9"
    assert (links("", 9)["next"], links("", 1)["previous"]) == ("", "")


def test_links_to_other_pages_cannot_leave_their_attribute() -> None:
    text = "{% load lists %}{% pagination links %}"
    assert "<script>" not in render(text, links=links('q="><script>'))
