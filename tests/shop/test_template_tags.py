"""Amounts and links as templates write them."""

from decimal import Decimal

from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation


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


def test_with_query_changes_adds_and_removes() -> None:
    text = "{% load shop_urls %}{% with_query page=2 sort=None %}"
    assert render(text) == "?page=2"
    assert render(text, "page=1&sort=name") == "?page=2"
    assert render(text, "q=a%26b&q=c&page=7") == "?q=a%26b&amp;q=c&amp;page=2"


def test_with_query_cannot_leave_its_attribute() -> None:
    assert '"' not in render("{% load shop_urls %}{% with_query page=2 %}", 'q="><script>')
