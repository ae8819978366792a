"""Who runs the shop, and its legal pages: written in the admin, read everywhere."""

import re
from io import BytesIO
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from PIL import Image
from pytest_django import DjangoAssertNumQueries

from cart import defaults
from orders.emails import compose
from shop import profile
from shop.markdown import to_html
from shop.models import LegalPage, ShopProfile
from tests.checkout import placed_order
from tests.factories import VariantFactory

pytestmark = pytest.mark.django_db
URL = "admin:shop_shopprofile_change"


def form(**changes: Any) -> dict[str, Any]:
    data = dict.fromkeys(("legal_name", "address", "vat_id", "register", "email", "phone", "bank", "iban", "bic"), "")
    return data | {"pages-TOTAL_FORMS": 0, "pages-INITIAL_FORMS": 0} | changes


def with_page(kind: str, text: str, language: str = "en") -> dict[str, Any]:
    row = {"pages-0-kind": kind, "pages-0-language": language, "pages-0-text": text}
    return form(**{"pages-TOTAL_FORMS": 1}, legal_name="Quiet Wines GmbH", **row)


def complete() -> ShopProfile:
    row = ShopProfile.objects.create(
        pk=1,
        legal_name="Quiet Wines <GmbH>",
        address="Kellerweg 1\n55116 Mainz\nGermany",
        vat_id="DE123456789",
        register="HRB 1234, Mainz",
        email="wine@example.com",
        phone="+49 6131 1",
        bank="Sparbank",
        iban="DE02120300000000202051",
    )
    for kind in LegalPage.Kind:
        LegalPage.objects.create(profile=row, kind=kind, text=f"# About {kind}")
    return row


def test_the_list_leads_to_the_one_profile(admin_client: Client) -> None:
    for _time in range(2):
        response = admin_client.get(reverse("admin:shop_shopprofile_changelist"))
        assert response.headers["Location"] == reverse(URL, args=[1])
    assert admin_client.get(reverse(URL, args=[1])).status_code == 200
    assert admin_client.get(reverse("admin:shop_shopprofile_add")).status_code == 403
    assert admin_client.post(reverse("admin:shop_shopprofile_delete", args=[1])).status_code == 403
    with pytest.raises(IntegrityError), transaction.atomic():
        ShopProfile.objects.create(pk=2)


@pytest.mark.django_db(transaction=True)
def test_what_staff_write_is_on_every_page_at_once(admin_client: Client, client: Client) -> None:
    assert "Quiet Wines" not in client.get("/").content.decode()
    admin_client.get(reverse("admin:shop_shopprofile_changelist"))
    data = with_page("terms", "# Scope\n\nWe **sell** wine.\n\n- red\n- white")
    assert admin_client.post(reverse(URL, args=[1]), data).status_code == 302
    home = client.get("/").content.decode()
    assert "Quiet Wines GmbH" in home
    assert 'href="/pages/terms/"' in home
    page = client.get("/pages/terms/").content.decode()
    assert "<h1>Terms and conditions</h1>" in page
    assert "<h2>Scope</h2>" in page
    assert "<strong>sell</strong>" in page
    assert "<li>red</li>" in page


def test_the_business_has_a_name(admin_client: Client) -> None:
    admin_client.get(reverse("admin:shop_shopprofile_changelist"))
    refused = admin_client.post(reverse(URL, args=[1]), form(legal_name=" ", email="wine@example.com"))
    assert "This field is required" in refused.content.decode()
    assert ShopProfile.objects.get().email == ""


@pytest.mark.django_db(transaction=True)
def test_a_logo_is_kept_shown_and_taken_away_again(admin_client: Client, client: Client) -> None:
    admin_client.get(reverse("admin:shop_shopprofile_changelist"))
    file = BytesIO()
    Image.new("RGB", (300, 100), "#7a1f3d").save(file, "PNG")
    named = {"legal_name": "Quiet Wines GmbH"}
    upload = SimpleUploadedFile("logo.png", file.getvalue())
    assert admin_client.post(reverse(URL, args=[1]), form(**named, logo=upload)).status_code == 302
    name = str(ShopProfile.objects.get().logo.name)
    assert f'src="/media/{name}"' in client.get("/").content.decode()
    assert admin_client.post(reverse(URL, args=[1]), form(**named) | {"logo-clear": "on"}).status_code == 302
    assert not ShopProfile.objects.get().logo
    assert not default_storage.exists(name)
    assert "/media/" not in client.get("/").content.decode()


def test_another_process_shows_it_a_moment_later(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(profile.time, "monotonic", lambda: now)
    assert "Quiet Wines" not in client.get("/help/").content.decode()
    complete()
    now += profile.FRESH - 1
    assert "Quiet Wines" not in client.get("/help/").content.decode()
    now += 2
    assert "Quiet Wines &lt;GmbH&gt;" in client.get("/help/").content.decode()


def test_the_catalogue_shows_it_at_once_in_every_process(client: Client) -> None:
    assert "Quiet Wines" not in client.get("/").content.decode()
    complete()
    assert "Quiet Wines &lt;GmbH&gt;" in client.get("/").content.decode()


def test_a_page_costs_one_query_and_other_pages_none(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    complete()
    client.get("/pages/terms/")
    with django_assert_num_queries(1):
        client.get("/pages/terms/")
    with django_assert_num_queries(0):
        assert profile.current().legal_name
        assert len(profile.pages()) == 5


def test_only_pages_with_a_text_exist_but_for_cookies(client: Client) -> None:
    for kind in LegalPage.Kind:
        assert client.get(reverse("shop:page", args=[kind])).status_code == (200 if kind == "cookies" else 404)
    assert client.get("/pages/nothing/").status_code == 404
    assert client.post("/pages/cookies/").status_code == 405
    page = client.get("/pages/cookies/").content.decode()
    assert "only cookies that it cannot work without" in page
    assert 'href="/pages/terms/"' not in page


def test_a_page_is_shown_in_the_language_of_the_visitor_else_in_the_one_there_is() -> None:
    row = ShopProfile.objects.create(pk=1)
    LegalPage.objects.create(profile=row, kind="terms", language="de", text="Deutsch")
    assert getattr(profile.page("terms"), "text", "") == "Deutsch"
    LegalPage.objects.create(profile=row, kind="terms", language="en", text="English")
    assert getattr(profile.page("terms"), "text", "") == "English"


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "<javascript:alert(1)>",
        "![x](https://evil.example/x.png)",
        '<img src=x onerror="alert(1)">',
        "[x](https://ok.example 'onmouseover=alert(1)')",
        "&lt;script&gt;",
        "```\n<script>\n```",
        '[x](https://ok.example/"onclick="alert(1))',
    ],
)
def test_84_markdown_gives_only_what_is_on_the_list(evil: str) -> None:
    html = to_html(evil)
    assert "<script" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html
    assert 'href="data' not in html
    assert ' onclick="' not in html
    assert " onerror=" not in html.replace("&quot;", "").replace("&lt;img src=x onerror", "")


def test_markdown_knows_what_legal_texts_need() -> None:
    html = to_html("## A\n\n1. *b* [c](https://d.example)\n\n> e\n\n| f | g |\n|---|---|\n| h | i |")
    for part in ("<h2>A</h2>", "<ol>", "<em>b</em>", '<a href="https://d.example">c</a>', "<blockquote>", "<td>h</td>"):
        assert part in html


@pytest.mark.parametrize(
    ("text", "tags"), [("# A\n\n## B", ["h2", "h3"]), ("## A\n\n### B", ["h2", "h3"]), ("### A", ["h2"])]
)
def test_the_highest_heading_follows_the_title_of_the_page(text: str, tags: list[str]) -> None:
    assert re.findall(r"<(h\d)>", to_html(text)) == tags


def test_the_deploy_check_names_what_is_empty() -> None:
    (found,) = [message for message in run_checks(include_deployment_checks=True) if message.id == "shop.W001"]
    for name in ("legal name", "address", "VAT id", "Imprint", "Shipping and returns"):
        assert name in found.msg
    assert "Cookies" not in found.msg
    complete()
    assert not [message for message in run_checks(include_deployment_checks=True) if message.id == "shop.W001"]


def test_without_a_database_the_deploy_check_says_that_it_could_not_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE shop_shopprofile RENAME TO gone")
        with transaction.atomic():
            found = {message.id for message in run_checks(include_deployment_checks=True)}
            transaction.set_rollback(True)
        transaction.set_rollback(True)
    assert "shop.I001" in found
    assert "shop.W001" not in found


def test_mails_name_the_business() -> None:
    complete()
    defaults.load()
    mail = placed_order().emails.earliest("pk")
    message = compose(mail)
    html = str(message.alternatives[0][0])
    assert "Quiet Wines <GmbH>\nKellerweg 1\n55116 Mainz" in message.body
    assert "DE123456789" in message.body
    assert "Quiet Wines &lt;GmbH&gt;<br>Kellerweg 1" in html


def test_checkout_leads_to_the_terms(client: Client) -> None:
    complete()
    client.post(reverse("cart:cart_add", args=[VariantFactory().pk]), {"quantity": 1})
    assert client.get(reverse("orders:order_create")).content.decode().count('href="/pages/terms/"') == 2
