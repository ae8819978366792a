"""Each language has addresses of its own; an unprefixed page is in the default one, whoever asks for it."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from cart import defaults
from shop.languages import path_in
from tests.checkout import placed_order
from tests.factories import CategoryFactory, VariantFactory

from .pages import words_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("language", "path", "expected"),
    [
        ("en", "/ru/search/?q=a", "/search/?q=a"),
        ("ru", "/search/?q=a", "/ru/search/?q=a"),
        ("es", "/ru/", "/es/"),
        ("es", "/", "/es/"),
        ("ru", "/ru/cart/", "/ru/cart/"),
        ("es", "/rue/de-rivoli/", "/es/rue/de-rivoli/"),
    ],
)
def test_a_page_has_an_address_in_each_language(language: str, path: str, expected: str) -> None:
    assert path_in(language, path) == expected


@pytest.mark.parametrize("accepts", ["ru", "es-MX,es;q=0.9", "de", ""])
def test_an_unprefixed_page_is_in_the_default_language_and_goes_nowhere(client: Client, accepts: str) -> None:
    client.cookies["language"] = "es"
    response = client.get("/help/", headers={"accept-language": accepts})
    assert response.status_code == 200
    assert response["Content-Language"] == "en"
    assert '<html lang="en">' in response.content.decode()
    assert "Accept-Language" in response["Vary"]


@pytest.mark.parametrize(
    ("accepts", "path", "words"),
    [
        ("ru-RU,ru;q=0.9,en;q=0.8", "/ru/help/?a=b", "Эта страница по-русски"),
        ("es-MX", "/es/help/?a=b", "Esta página en español"),
    ],
)
def test_an_unprefixed_page_links_to_the_one_that_the_browser_prefers(
    client: Client, accepts: str, path: str, words: str
) -> None:
    page = client.get("/help/?a=b", headers={"accept-language": accepts}).content.decode()
    language = path[1:3]
    assert re.search(rf'<a href="{re.escape(path)}"\s+hreflang="{language}"\s+lang="{language}">{words}</a>', page)


@pytest.mark.parametrize("accepts", ["en-GB", "de", "", "*", "xx-invalid-;q=a"])
def test_who_prefers_no_other_language_is_offered_none(client: Client, accepts: str) -> None:
    assert "other-language" not in client.get("/help/", headers={"accept-language": accepts}).content.decode()


def test_a_prefixed_page_is_the_same_for_every_browser(client: Client) -> None:
    pages = [client.get("/ru/help/", headers={"accept-language": accepts}) for accepts in ("es", "en", "ru")]
    assert len({re.sub(r'name="csrfmiddlewaretoken".*', "", page.content.decode()) for page in pages}) == 1
    assert {page["Content-Language"] for page in pages} == {"ru"}
    assert not any("Accept-Language" in page.get("Vary", "") for page in pages)


@pytest.mark.parametrize("path", ["/", "/search/?q=wine", "/cart/", "/messager/", "/orders/lookup/"])
@pytest.mark.parametrize("language", ["en", "ru", "es"])
def test_every_page_links_to_itself_in_the_other_languages(client: Client, path: str, language: str) -> None:
    VariantFactory()
    page = client.get(path_in(language, path)).content.decode()
    footer = page.partition("<footer")[2]
    for code, name in settings.LANGUAGES:
        link = re.search(rf'<a href="([^"]*)"\s+hreflang="{code}"\s+lang="{code}"\s+([^>]*)>{name}</a>', footer)
        assert link, code
        assert link[1] == path_in(code, path)
        assert ("aria-current" in link[2]) == (code == language)


def test_a_page_that_does_not_exist_offers_the_home_page_in_other_languages(client: Client) -> None:
    response = client.get("/ru/nothing/here/at/all/")
    assert response.status_code == 404
    assert "Такой страницы нет" in response.content.decode()
    assert re.search(r'<a href="/es/"\s+hreflang="es"', response.content.decode())


def test_links_stay_in_the_language_of_the_page(client: Client) -> None:
    product = VariantFactory(product__category=CategoryFactory(name="Red")).product
    for language in ("ru", "es"):
        page = client.get(f"/{language}{product.get_absolute_url()}").content.decode()
        own = page.partition("</main>")[0].partition("<body>")[2]
        links = re.findall(r'(?:href|action)="(/[^"]*)"', own)
        assert len(links) > 5
        assert [link for link in links if not link.startswith((f"/{language}/", "/static/", "/media/"))] == []


@pytest.mark.parametrize("language", ["en", "ru", "es"])
def test_an_indexed_page_names_its_alternates(client: Client, language: str) -> None:
    product = VariantFactory().product
    path = product.get_absolute_url()
    page = client.get(path_in(language, path)).content.decode()
    found = dict(re.findall(r'<link rel="alternate"\s+hreflang="([^"]+)"\s+href="([^"]+)">', page))
    site = settings.SITE_URL
    assert found == {"en": site + path, "ru": f"{site}/ru{path}", "es": f"{site}/es{path}", "x-default": site + path}
    assert f'<link rel="canonical" href="{site}{path_in(language, path)}">' in page


def test_a_shop_of_one_language_says_nothing_of_languages(client: Client, settings: Any) -> None:
    settings.LANGUAGES = [("en", "English")]
    page = client.get("/help/", headers={"accept-language": "ru"}).content.decode()
    assert "hreflang" not in page
    assert "Русский" not in page


def test_the_admin_speaks_the_language_of_the_browser_until_staff_choose_one(admin_client: Client) -> None:
    defaults.load()
    placed_order()
    assert "Выйти" in words_of(admin_client.get("/admin/", headers={"accept-language": "ru"}))
    assert "English Español" in words_of(admin_client.get("/admin/", headers={"accept-language": "ru"}))
    answer = admin_client.post("/admin/language/", {"language": "es", "next": "/admin/"})
    assert answer["Location"] == "/admin/"
    assert "Cerrar sesión" in words_of(admin_client.get("/admin/", headers={"accept-language": "ru"}))
    actions = words_of(admin_client.get("/admin/orders/order/", headers={"accept-language": "ru"}))
    assert "Albaranes de los pedidos seleccionados" in actions


def test_the_choice_of_staff_leads_to_no_other_site(admin_client: Client) -> None:
    answer = admin_client.post("/admin/language/", {"language": "es", "next": "https://evil.example/"})
    assert answer["Location"] == "/es/"


def test_the_webhook_and_machines_have_no_language(client: Client) -> None:
    for path in ("/ru/payment/webhook/", "/ru/admin/", "/ru/metrics", "/ru/robots.txt"):
        assert client.get(path).status_code in {301, 404}, path
    assert client.post("/payment/webhook/", b"{}", content_type="application/json").status_code == 400
