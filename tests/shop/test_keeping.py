"""Whole pages are kept by the process that drew them: the same for everybody, but for what is each visitor's own."""

import gzip
import re
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from functools import partial
from threading import Event
from typing import Any
from unittest.mock import patch

import psycopg2
import pytest
from django.db import InterfaceError, OperationalError, connection, transaction
from django.test import Client

from shop import changes, keeping, prices, stock
from shop.models import Category, MissedSearch, Product
from shop.views import lists
from tests.factories import VariantFactory
from tests.races import run_together

pytestmark = pytest.mark.django_db

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


def body(client: Client, path: str, **headers: Any) -> str:
    return client.get(path, headers=headers).content.decode()


def queries(client: Client, path: str, assert_num: Any, number: int) -> str:
    with assert_num(number):
        return body(client, path)


@pytest.mark.parametrize("path", ["/", "/?page=1", "/category/{category}/", "/search/?q={name}", "/product/{slug}/"])
def test_the_second_visitor_costs_one_query(path: str, django_assert_num_queries: Any) -> None:
    product = VariantFactory(stock=5).product
    path = path.format(category=product.category.slug, slug=product.slug, name=product.name.split()[0])
    first = body(Client(), path)
    assert TOKEN.sub("", queries(Client(), path, django_assert_num_queries, 1)) == TOKEN.sub("", first)
    assert "\0" not in first


def test_a_kept_page_is_compressed_for_those_who_take_it(client: Client) -> None:
    path = VariantFactory(stock=5).product.get_absolute_url()
    for _drawn_then_kept in range(2):
        plain, packed = (client.get(path, headers={"Accept-Encoding": takes}) for takes in ("", "br, gzip;q=0.8"))
        assert "Content-Encoding" not in plain.headers
        assert packed.headers["Content-Encoding"] == "gzip"
        assert "Accept-Encoding" in plain.headers["Vary"]
        assert "Accept-Encoding" in packed.headers["Vary"]
        assert int(packed.headers["Content-Length"]) == len(packed.content) < len(plain.content) / 2
        assert TOKEN.sub("", gzip.decompress(packed.content).decode()) == TOKEN.sub("", plain.content.decode())


def test_each_visitor_has_a_cart_and_a_token_of_their_own(client: Client) -> None:
    variant = VariantFactory(stock=5)
    path = variant.product.get_absolute_url()
    tokens = {TOKEN.findall(body(Client(), path))[0] for _visitor in range(3)}
    assert len(tokens) == 3
    client.post(f"/cart/add/{variant.pk}/", {"quantity": 2}, follow=True)
    for page in (path, "/", "/?page=1"):
        assert ", 2 items" in " ".join(body(client, page).split())
        assert "items" not in body(Client(), page).partition("cart-count")[2][:200]


def test_a_token_of_a_kept_page_is_accepted() -> None:
    variant = VariantFactory(stock=5)
    path = variant.product.get_absolute_url()
    body(Client(), path)
    strict = Client(enforce_csrf_checks=True)
    token = TOKEN.findall(body(strict, path))[0]
    sent = {"quantity": 1, "csrfmiddlewaretoken": token}
    assert strict.post(f"/cart/add/{variant.pk}/", sent).status_code == 302
    assert strict.post(f"/cart/add/{variant.pk}/", {"quantity": 1}).status_code == 403


def test_a_message_is_said_once_and_to_its_visitor_only(client: Client) -> None:
    variant = VariantFactory(stock=5)
    body(Client(), "/")
    client.post(f"/cart/add/{variant.pk}/", {"quantity": 1})
    assert 'class="notice' in body(client, "/")
    assert 'class="notice' not in body(client, "/")
    assert 'class="notice' not in body(Client(), "/")


def test_who_prefers_another_language_finds_the_way_to_it() -> None:
    VariantFactory()
    assert "other-language" not in body(Client(), "/")
    assert 'class="other-language wrap"' in body(Client(), "/", accept_language="ru")
    assert "other-language" not in body(Client(), "/", accept_language="en")
    assert "other-language" not in body(Client(), "/ru/", accept_language="es")
    assert 'lang="ru"' in body(Client(), "/ru/")[:200]


def test_the_products_page_shows_each_unit_of_its_stock(client: Client) -> None:
    variant = VariantFactory(stock=60)
    path = variant.product.get_absolute_url()
    assert 'max="60"' in body(client, path)
    stock.reserve({variant.pk: 1}, reference="A1")
    assert 'max="59"' in body(client, path)


def test_a_renamed_shelf_shows_at_once_everywhere(client: Client) -> None:
    shelf = VariantFactory().product.category
    body(client, "/")
    Category.objects.filter(pk=shelf.pk).update(name="Renamed by another process")
    for path in ("/", "/?page=1", shelf.get_absolute_url()):
        assert "Renamed by another process" in body(client, path)


def test_what_is_gone_is_gone_at_once(client: Client) -> None:
    product = VariantFactory().product
    assert client.get(product.get_absolute_url()).status_code == 200
    Product.objects.update(published=False)
    answer = client.get(product.get_absolute_url())
    assert answer.status_code == 404
    assert b"\0" not in answer.content
    assert client.get(product.get_absolute_url()).status_code == 404


def test_a_search_that_finds_nothing_is_noted_each_time(client: Client) -> None:
    VariantFactory()
    for _time in range(2):
        body(client, "/search/?q=xylophonist")
    assert MissedSearch.objects.get().times == 2


def test_with_time_even_what_is_not_counted_is_seen(client: Client) -> None:
    first, second = (VariantFactory(stock=5, product__name=name).product for name in ("Aaa", "Bbb"))
    path = "/?page=1"
    seen = body(client, path)
    Product.objects.filter(pk=second.pk).update(popularity=9)
    second.listings.update(popularity=9)
    assert body(client, path) == seen
    with patch("shop.keeping.time.monotonic", return_value=keeping.time.monotonic() + keeping.FRESH + 1):
        shown = body(client, path).partition('id="results"')[2]
    assert shown.index("Bbb") < shown.index("Aaa")
    assert first.name == "Aaa"


def test_one_visitor_waits_for_what_time_made_old_and_the_others_do_not(django_assert_num_queries: Any) -> None:
    VariantFactory()
    path = "/?page=1"
    seen = body(Client(), path)
    later = keeping.time.monotonic() + keeping.FRESH + 1
    with patch("shop.keeping.time.monotonic", return_value=later):
        assert keeping.shelf.get(("en", path), changes.version()) is None  # somebody draws it anew
        assert queries(Client(), path, django_assert_num_queries, 1) == seen
    with patch("shop.keeping.time.monotonic", return_value=later + keeping.GRACE + 1):
        assert keeping.shelf.get(("en", path), changes.version()) is None  # who did not come back with it
    Product.objects.update(name="Other")
    assert "Other" in body(Client(), path)  # what was written, nobody is shown as it was


@pytest.fixture
def all_wait(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Nobody draws a list before four visitors have asked for it; who draws it is noted."""
    came, all_here, drawing = [], Event(), []
    turn, render = keeping.shelf.turn, lists.render_list

    def arrive(*asked: Any) -> Any:
        came.append(asked)
        if len(came) == 4:
            all_here.set()
        return turn(*asked)

    def draw(*args: Any, **options: Any) -> Any:
        drawing.append("a visitor")
        assert all_here.wait(20)
        return render(*args, **options)

    monkeypatch.setattr(keeping.shelf, "turn", arrive)
    monkeypatch.setattr(lists, "render_list", draw)
    yield drawing
    assert not keeping.shelf._drawn_now


@pytest.mark.needs("postgres")
@pytest.mark.django_db(transaction=True)
def test_of_visitors_at_once_one_draws_and_the_others_wait(all_wait: list[str]) -> None:
    VariantFactory(product__name="Rioja")
    pages = run_together([partial(body, Client(), "/?page=1")] * 4, connections=4)
    assert len(all_wait) == 1
    assert all("Rioja" in page for page in pages)


@pytest.mark.needs("postgres")
@pytest.mark.django_db(transaction=True)
def test_where_drawing_fails_those_who_waited_draw_themselves(
    all_wait: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    VariantFactory()
    draw = lists.render_list

    def fail_once(*args: Any, **options: Any) -> Any:
        answer = draw(*args, **options)
        assert len(all_wait) > 1, "the first fails"
        return answer

    monkeypatch.setattr(lists, "render_list", fail_once)
    visitor = partial(Client(raise_request_exception=False).get, "/?page=1")
    statuses = sorted(answer.status_code for answer in run_together([visitor] * 4, connections=4))
    assert statuses == [200, 200, 200, 500]


def test_while_templates_are_written_nothing_is_kept(client: Client, settings: Any) -> None:
    settings.DEBUG = True
    VariantFactory()
    body(client, "/?page=1")
    assert not keeping.shelf._pages


def test_a_process_keeps_no_more_than_it_may(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    VariantFactory()
    size = len(body(client, "/?page=1"))
    monkeypatch.setattr(keeping, "MOST", 3 * size)
    for number in range(9):
        body(client, f"/?page=1&x={number}")
    kept = list(keeping.shelf._pages)
    assert 1 < len(kept) < 4
    assert kept[-1][1] == "/?page=1&x=8"
    assert keeping.shelf._size == sum(page.size for page in keeping.shelf._pages.values()) <= 3 * size
    body(client, "/?" + "x" * keeping.LONGEST)
    assert list(keeping.shelf._pages) == kept


@pytest.mark.needs("postgres")
@pytest.mark.django_db(transaction=True)
def test_a_connection_that_broke_meanwhile_is_made_anew(client: Client) -> None:
    """The version is asked for instead of a health check, and is one."""
    VariantFactory()
    path = "/?page=1"
    seen = body(client, path)
    _break_the_connection()
    assert body(client, path) == seen
    _break_the_connection()
    assert body(client, "/?page=1&sort=name")
    _break_the_connection()
    assert body(client, f"/?page=1&unknown={'long' * keeping.LONGEST}")  # of which no version is asked for

    @transaction.atomic
    def change_and_look() -> None:
        _break_the_connection()
        changes.version()

    with pytest.raises((InterfaceError, OperationalError)):  # what was changed is lost with the connection
        change_and_look()
    assert body(client, path) == seen


def test_a_price_is_never_shown_as_it_was(client: Client) -> None:
    variant = VariantFactory(price=Decimal(12), stock=5)
    for price in range(13, 16):
        prices.set_price(variant.pk, Decimal(price))
        for path in ("/", "/?page=1", variant.product.get_absolute_url(), variant.product.category.get_absolute_url()):
            assert f"€{price}.00" in body(client, path)


def _break_the_connection() -> None:
    """Between two requests: the next one does not know whether it still holds."""
    connection.health_check_done = False  # type: ignore[attr-defined]
    with closing(psycopg2.connect(dsn=connection.connection.dsn)) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
