"""Papers for people whose letters the embedded fonts lack."""

import re
from pathlib import Path

import pytest

from cart import defaults
from orders import documents
from orders.documents.paper import drawn
from orders.models import Order
from shop import letters
from shop.models import ShopProfile
from tests.checkout import pay, placed_order
from tests.factories import VariantFactory

from .test_documents import credit_note, needs_poppler, text_of

pytestmark = pytest.mark.django_db

SCRIPTS = {
    "japanese": (["山田 花子", "北沢1丁目2-3 ハイツ", "東京都", "日本酒「山廃」"], "HeiseiKakuGo-W5"),
    "chinese": (["张伟", "建国路88号", "北京市", "长城干红"], "STSong-Light"),
    "traditional": (["陳淑芬", "信義路五段7號", "臺北市", "紅酒"], "HeiseiKakuGo-W5"),
    "korean": (["김민수", "세종대로 110", "서울특별시", "막걸리"], "HYGothic-Medium"),
}


@pytest.fixture(params=SCRIPTS)
def script(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def words(script: str) -> list[str]:
    return SCRIPTS[script][0]


@pytest.fixture
def order(words: list[str]) -> Order:
    """Paid, of a shop that writes its own name and address in the same letters."""
    defaults.load()
    name, street, city, wine = words
    ShopProfile.objects.create(pk=1, legal_name=f"{city} Cellar", address=f"{street} 9\n{city}")
    order = placed_order(VariantFactory(product__name=wine))
    Order.objects.filter(pk=order.pk).update(full_name=name, address1=street, city=city)
    order.refresh_from_db()
    pay(order)
    return order


@needs_poppler
def test_invoices_credit_notes_and_slips_say_them(order: Order, words: list[str], tmp_path: Path) -> None:
    note, invoice = credit_note(order, "5.00"), order.invoices.get(kind="invoice")
    for pdf in (documents.packing_slips([order]), documents.pdf_of(invoice), documents.pdf_of(note)):
        text = text_of(pdf, tmp_path)
        for line in words[:3]:
            assert line in text, line
        assert order.number in text
    text = text_of(documents.pdf_of(invoice), tmp_path)
    assert words[3] in text
    assert f"{words[2]} Cellar" in text  # at the foot of the page


@needs_poppler
def test_in_a_font_for_them_that_is_not_embedded(order: Order, script: str, tmp_path: Path) -> None:
    fonts = text_of(documents.pdf_of(order.invoices.get()), tmp_path, program="pdffonts").splitlines()[2:]
    borrowed = {font.split()[0]: font for font in fonts if "Shop" not in font}
    assert SCRIPTS[script][1] in borrowed
    assert borrowed.keys() <= letters.BORROWED.keys()
    assert not any(re.search(r"\byes (yes|no) (yes|no)\b", font) for font in borrowed.values())


def test_the_same_content_gives_the_same_bytes(order: Order) -> None:
    invoice = order.invoices.get()
    assert drawn(invoice) == drawn(invoice)


def test_the_fonts_have_the_letters_of_vietnam_and_of_ancient_greek() -> None:
    for words in ("Nguyễn Thị Ánh, Đường Lê Lợi", "Ἀχιλλῆος οὐλομένην", "Ағаш көшесі", "Łódź Ðór ẞ"):
        assert letters.runs(words, letters.TEXT) == [(letters.TEXT, words)]
        assert letters.runs(words, letters.BOLD) == [(letters.BOLD, words)]
        assert letters.unprintable(words) == ""


def test_what_no_font_has_is_named_once() -> None:
    assert letters.unprintable("Kim ไวน์ไวน์ 🍷 山田") == "ไวน์🍷"


def test_each_run_has_a_font_of_its_own_and_nothing_is_lost() -> None:
    assert letters.runs("Kim 山田 1-2", letters.TEXT) == [
        (letters.TEXT, "Kim "),
        ("HeiseiKakuGo-W5", "山田"),
        (letters.TEXT, " 1-2"),
    ]
    assert letters.runs("ไวน์", letters.TEXT) == [(letters.TEXT, "ไวน์")]  # no font has it
    assert letters.runs("", letters.TEXT) == []


@needs_poppler
def test_a_long_line_without_spaces_stays_on_the_page(order: Order, words: list[str], tmp_path: Path) -> None:
    long = (words[2] * 40)[:100]
    Order.objects.filter(pk=order.pk).update(address1=long)
    order.refresh_from_db()
    lines = text_of(documents.packing_slips([order]), tmp_path).splitlines()
    parts = [line.split()[0] for line in lines if words[2] in line]
    assert "".join(parts).startswith(long)
    assert max(map(len, parts)) < 45
