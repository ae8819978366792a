"""Cards are put into frames that were drawn once: whoever looks sees the price and the stock of that moment."""

import re
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from shop import frames, keeping, prices, stock
from shop.models import Product, Variant
from tests.factories import AttributeValueFactory, VariantFactory
from tests.races import run_together

CENTS = re.compile(r'<span class="price">\s*€(\d+\.\d\d)')
LEFT = re.compile(r"Only (\d) left")


def shown(client: Client) -> str:
    """The one card of the list."""
    (card,) = re.findall(r'<article class="card">.*?</article>', client.get("/?sort=name").content.decode(), re.DOTALL)
    return str(card)


@pytest.mark.django_db
def test_cards_that_look_alike_are_drawn_once(client: Client) -> None:
    VariantFactory()
    seen = shown(client)
    frames._frame.cache_clear()
    keeping.shelf.clear()
    assert shown(client) == seen
    drawn = frames._frame.cache_info().misses
    Product.objects.update(name="Other", slug="other")
    prices.set_price(Variant.objects.get().pk, Decimal("9.95"))
    assert shown(client) != seen
    assert frames._frame.cache_info().misses == drawn


@pytest.mark.django_db
def test_what_a_card_says_is_no_markup_and_no_mark_of_a_frame(client: Client) -> None:
    name = '<b title="x">\1price\1 {{ url }} %(name)s & Söhne</b>'
    VariantFactory(product__name=name)
    assert "&lt;b title=&quot;x&quot;&gt;\1price\1 {{ url }} %(name)s &amp; Söhne&lt;/b&gt;" in shown(client)


@pytest.mark.django_db
def test_whatever_a_card_shows_is_shown_at_once(client: Client) -> None:
    variant = VariantFactory(price=Decimal(12), stock=10)
    seen = {shown(client)}

    def is_new() -> bool:
        card = shown(client)
        return card not in seen and seen.add(card) is None  # type: ignore[func-returns-value]

    prices.set_price(variant.pk, Decimal(11))
    assert is_new()
    for left in (3, 2, 0):
        held = 10 - left - sum(stock.held_for("A1").values())
        stock.reserve({variant.pk: held}, reference="A1")
        assert is_new()
    changed: dict[str, Any]
    for changed in ({"name": "Other"}, {"slug": "other"}):
        Product.objects.update(**changed)
        assert is_new()
    for changed in ({"label": "1 l"}, {"volume": 1000}, {"volume": None}):
        Variant.objects.update(**changed)
        assert is_new()
    for slug in ("producer", "region", "vintage"):
        variant.product.attribute_values.add(AttributeValueFactory(attribute__slug=slug, name=f"A {slug}"))
        assert is_new()
    with translation.override("ru"):
        assert client.get("/ru/?sort=name").content.decode().count("€") > 0
    assert not is_new()


@pytest.mark.needs("postgres")
@pytest.mark.django_db(transaction=True)
def test_nobody_sees_a_price_or_stock_of_before_while_both_change() -> None:
    variant = VariantFactory(price=Decimal(100), stock=9)
    written = {"price": 100, "left": 9}
    stale: list[str] = []
    is_over: list[bool] = []

    def write() -> None:
        try:
            for number in range(1, 9):
                prices.set_price(variant.pk, Decimal(100 + number))
                written["price"] = 100 + number
                stock.reserve({variant.pk: 1}, reference="A1")
                written["left"] = 9 - number
        finally:
            is_over.append(True)

    def look() -> int:
        client, looks = Client(), 0
        while not is_over or looks < 3:
            price, left = written["price"], written["left"]  # what is committed before the page is asked for
            card = shown(client)
            cents, few = CENTS.search(card), LEFT.search(card)
            if cents is None or Decimal(cents[1]) < price:
                stale.append(f"{price} was written, and shown was {cents and cents[1]}")
            if left <= 3 and (few is None or int(few[1]) > left):
                stale.append(f"{left} were left, and shown was {few and few[1]}")
            looks += 1
        return looks

    results = run_together([write, *[partial(look)] * 3], connections=4)
    assert not [result for result in results if isinstance(result, Exception)], results
    assert not stale


@pytest.mark.django_db
def test_a_product_tells_its_values_and_the_way_to_it_and_none_is_markup(client: Client) -> None:
    product = VariantFactory(product__name="<i>Rosé</i>", product__category__name="Pink & red").product
    first = AttributeValueFactory(name="Syrah <1>", slug="syrah", position=1)
    product.attribute_values.add(
        first, AttributeValueFactory(name="Grenache", slug="grenache", position=2, attribute=first.attribute)
    )
    text = " ".join(client.get(product.get_absolute_url()).content.decode().split())
    name = first.attribute.slug
    values = f'<a href="/{name}/syrah/">Syrah &lt;1&gt;</a>, <a href="/{name}/grenache/">Grenache</a>'
    told = text.partition(f"<dt>{first.attribute.name}</dt>")[2].partition("</dd>")[0]
    assert told.replace("<dd>", "").strip() == values
    way = text.partition('class="breadcrumbs"')[2].partition("</nav>")[0]
    assert f'<a href="{product.category.get_absolute_url()}">Pink &amp; red</a>' in way
    assert '<span aria-current="page">&lt;i&gt;Rosé&lt;/i&gt;</span>' in way
