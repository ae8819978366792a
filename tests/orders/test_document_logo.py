"""The shop's logo on its papers."""

import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image

from cart import defaults
from orders import documents
from orders.documents import logo
from orders.documents.paper import drawn
from orders.models import Order
from shop.models import ShopProfile
from tests.checkout import paid_order

from .test_documents import credit_note, needs_poppler, text_of

pytestmark = pytest.mark.django_db


def of_noise(size: tuple[int, int]) -> Image.Image:
    """What compresses worst."""
    return Image.frombytes("RGB", size, os.urandom(size[0] * size[1] * 3))


LOGOS: dict[str, Callable[[], Image.Image]] = {
    "wide": lambda: Image.new("RGBA", (1600, 200), (122, 31, 61, 128)),
    "high": lambda: Image.new("L", (200, 1600), 40),
    "noise": lambda: of_noise((2000, 560)),
    "tiny": lambda: Image.new("P", (1, 1)),
}


@pytest.fixture
def profile() -> ShopProfile:
    defaults.load()
    return ShopProfile.objects.create(pk=1, legal_name="Quiet Wines GmbH", address="Kellerweg 1\n55116 Mainz")


def with_logo(profile: ShopProfile, picture: Image.Image) -> Order:
    """A paid order of the shop that has this logo."""
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP" if picture.mode != "P" else "PNG")
    profile.logo = ContentFile(buffer.getvalue(), name="logo.webp")
    profile.save()
    return paid_order()


@needs_poppler
@pytest.mark.parametrize("kind", LOGOS)
def test_a_logo_stands_in_the_place_of_the_name(profile: ShopProfile, kind: str, tmp_path: Path) -> None:
    order = with_logo(profile, LOGOS[kind]())
    for paper in (order.invoices.get(), credit_note(order, "5.00")):
        pdf = documents.pdf_of(paper)
        assert pdf.count(b"/Subtype /Image") == 1
        assert len(pdf) <= 120_000
        assert "The Quiet Cellar" not in text_of(pdf, tmp_path)
        assert drawn(paper) == pdf


@needs_poppler
def test_a_paper_whose_logo_is_gone_has_the_name(profile: ShopProfile, tmp_path: Path) -> None:
    order = with_logo(profile, LOGOS["wide"]())
    default_storage.delete(str(profile.logo.name))
    assert "The Quiet Cellar" in text_of(documents.pdf_of(order.invoices.get()), tmp_path)


def test_another_logo_leaves_the_papers_that_there_are(profile: ShopProfile) -> None:
    order = with_logo(profile, LOGOS["wide"]())
    before = documents.pdf_of(order.invoices.get())
    with_logo(profile, LOGOS["high"]())
    assert documents.pdf_of(order.invoices.get()) == before


def test_a_logo_is_prepared_once(profile: ShopProfile) -> None:
    invoice = with_logo(profile, LOGOS["noise"]()).invoices.get()
    drawn(invoice)
    prepared = logo.printed.cache_info().misses
    for _time in range(5):
        drawn(invoice)
    assert logo.printed.cache_info().misses == prepared
