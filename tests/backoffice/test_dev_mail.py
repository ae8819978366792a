"""Development's letter box: a mail's HTML is shown as it is, in a frame that can do nothing to the shop."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives, get_connection
from django.test import Client
from django.urls import clear_url_caches, reverse

from shop_project import urls

pytestmark = pytest.mark.django_db

HTML = (
    '<!DOCTYPE html><html><head lang="en"><style>p {color: red}</style></head><body><a href="/x/">See</a></body></html>'
)


@pytest.fixture(autouse=True)
def _letter_box(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.EMAIL_FILE_PATH = str(tmp_path)
    settings.DEV_MAIL = True
    _read_urls_again()
    yield
    settings.DEV_MAIL = False
    _read_urls_again()


def _read_urls_again() -> None:
    importlib.reload(sys.modules[urls.__name__])
    clear_url_caches()


def sent(folder: Path, html: str = HTML) -> str:
    """The name of a mail in the letter box."""
    connection = get_connection("django.core.mail.backends.filebased.EmailBackend", file_path=str(folder))
    mail = EmailMultiAlternatives("Hello", "In words", "shop@example.com", ["kim@example.com"], connection=connection)
    if html:
        mail.attach_alternative(html, "text/html")
    mail.send()
    return next(folder.glob("*.log")).stem


def test_the_page_shows_the_text_and_frames_the_html_from_its_own_address(client: Client, tmp_path: Path) -> None:
    name = sent(tmp_path)
    response = client.get(reverse("dev_mail_detail", args=[name]))
    page = response.content.decode()
    assert "In words" in page
    assert f'src="{reverse("dev_mail_html", args=[name])}"' in page
    assert "allow-scripts" not in page
    assert "unsafe-inline" not in response["Content-Security-Policy"]


def test_the_html_has_a_policy_of_its_own(client: Client, tmp_path: Path) -> None:
    response = client.get(reverse("dev_mail_html", args=[sent(tmp_path)]))
    policy = dict(part.strip().partition(" ")[::2] for part in response["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["style-src"] == "'unsafe-inline'"
    assert set(policy["img-src"].split()) == {"data:", "'self'"}
    assert policy["frame-ancestors"] == "'self'"
    assert policy["sandbox"] == "allow-popups allow-popups-to-escape-sandbox"
    assert "script-src" not in policy
    assert response["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.parametrize("html", [HTML, HTML.replace('<head lang="en">', "<HEAD>"), "<p>no head</p>"])
def test_its_links_open_outside_the_frame(client: Client, tmp_path: Path, html: str) -> None:
    page = client.get(reverse("dev_mail_html", args=[sent(tmp_path, html)])).content.decode()
    assert page.count('<base target="_blank">') == 1
    assert page.index("<base") < page.index("<a " if "<a " in page else "<p>")


def test_there_is_no_html_of_a_mail_without(client: Client, tmp_path: Path) -> None:
    name = sent(tmp_path, html="")
    assert client.get(reverse("dev_mail_html", args=[name])).status_code == 404
    assert "<iframe" not in client.get(reverse("dev_mail_detail", args=[name])).content.decode()
    assert client.get(reverse("dev_mail_html", args=["none"])).status_code == 404
