"""Requests no browser makes, and addresses that lead elsewhere."""

from urllib.parse import urlsplit

import pytest
from django.test import Client

from tests.factories import VariantFactory

pytestmark = pytest.mark.django_db

FORMS = ["/cart/coupon/", "/orders/create/", "/orders/lookup/", "/messager/", "/admin/language/"]
ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "https:evil.example",
    "javascript:alert(1)",
    "\thttps://evil.example/",
    "https://testserver@evil.example/",
]


@pytest.mark.parametrize("url", FORMS)
def test_74_a_thousand_and_one_fields_are_refused(client: Client, url: str) -> None:
    fields = {f"field{number}": "x" for number in range(1001)}
    assert client.post(url, fields).status_code == 400


@pytest.mark.parametrize("url", FORMS)
def test_74_a_body_of_more_than_two_and_a_half_megabytes_is_refused(client: Client, url: str) -> None:
    body = b"text=" + b"x" * 2_621_441
    assert client.post(url, body, content_type="application/x-www-form-urlencoded").status_code in {400, 413}


@pytest.mark.parametrize("method", ["get", "post"])
def test_71_a_popup_of_the_admin_that_names_no_field_is_a_bad_request(admin_client: Client, method: str) -> None:
    url = f"/admin/shop/product/{VariantFactory().product_id}/change/"
    assert getattr(admin_client, method)(url, {"_to_field": ""}).status_code == 400
    assert admin_client.get(url, {"_to_field": "id"}).status_code == 200


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_85_staff_who_choose_a_language_stay_here(client: Client, elsewhere: str) -> None:
    for how in ({"next": elsewhere}, {}):
        answer = client.post("/admin/language/", {"language": "es", **how}, headers={"Referer": elsewhere.strip()})
        assert urlsplit(answer["Location"]).netloc == ""
        assert answer["Location"].startswith("/")


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_85_who_signs_in_stays_here(admin_user: object, elsewhere: str) -> None:
    client = Client()
    page = client.get("/admin/login/", {"next": elsewhere}, follow=True)
    form = {"username": "admin", "login": "admin", "password": "password", "next": elsewhere}
    answer = client.post(page.request["PATH_INFO"], form)
    assert answer.status_code == 302
    assert urlsplit(answer["Location"]).netloc == ""
    assert answer["Location"].startswith("/")


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
@pytest.mark.parametrize("path", ["/", "/cart/", "/cart/ship/", "/search/", "/orders/lookup/"])
def test_85_no_page_of_the_shop_sends_anybody_where_the_address_says(client: Client, path: str, elsewhere: str) -> None:
    client.post(f"/cart/add/{VariantFactory().pk}/", {"quantity": 1})
    for answer in (client.get(path, {"next": elsewhere}), client.post(path, {"next": elsewhere, "country": "DE"})):
        if answer.status_code in {301, 302, 303, 307}:
            assert urlsplit(answer["Location"]).netloc == ""
