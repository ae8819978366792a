"""How papers look: fonts, colors, and how amounts, dates and names are written on them."""

import unicodedata
from collections.abc import Container
from decimal import Decimal
from functools import cache
from itertools import groupby
from pathlib import Path
from xml.sax.saxutils import escape

from django.utils.dateparse import parse_date
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Paragraph

from shop import dates
from shop.languages import locale
from shop.money import format_money

FONTS = Path(__file__).parent / "fonts"
TEXT, BOLD, NAMES = "ShopText", "ShopText-Bold", "ShopNames"

# For letters that those lack, with the encoding that has the same letters. These are named in the PDF and not embedded
# (PDF 32000-1, 9.7.5.2): viewers and printers bring fonts of their own for them.
BORROWED = {"HeiseiKakuGo-W5": "cp932", "STSong-Light": "gbk", "HYGothic-Medium": "cp949"}

INK, MUTED, HAIRLINE = HexColor("#231A1C"), HexColor("#665A57"), HexColor("#DDD3C5")
WINE, PAID = HexColor("#7A1F3D"), HexColor("#2F6B3F")

# Tables: nothing beside the cells, all of them starting at the top; a hairline under each row.
EVERY = ((0, 0), (-1, -1))
BARE = [
    ("FONTNAME", *EVERY, TEXT),
    ("LEFTPADDING", *EVERY, 0),
    ("RIGHTPADDING", *EVERY, 0),
    ("VALIGN", *EVERY, "TOP"),
]
LINES = ("LINEBELOW", *EVERY, 0.4, HAIRLINE)

# Spaces that the fonts lack; Babel writes them into amounts.
SPACES = {0x202F: 0xA0, 0x2007: 0xA0, 0x09: 0x20, 0x0A: 0x20, 0x0D: 0x20}


@cache
def fonts() -> None:
    """Make the fonts known to ReportLab, once per process."""
    for name, file in ((TEXT, "text-regular.ttf"), (BOLD, "text-bold.ttf"), (NAMES, "names.ttf")):
        pdfmetrics.registerFont(TTFont(name, FONTS / file))
    pdfmetrics.registerFontFamily(TEXT, normal=TEXT, bold=BOLD, italic=TEXT, boldItalic=BOLD)
    for name in BORROWED:
        pdfmetrics.registerFont(UnicodeCIDFont(name))
        pdfmetrics.registerFontFamily(name, normal=name, bold=name, italic=name, boldItalic=name)


def style(size: float, *, font: str = TEXT, color: Color = INK, right: bool = False) -> ParagraphStyle:
    """A paragraph of this size in points, its lines 1.35 times as far apart."""
    return ParagraphStyle(
        font, fontName=font, fontSize=size, leading=size * 1.35, textColor=color, alignment=TA_RIGHT if right else 0
    )


def plain(text: str) -> str:
    """Text as the fonts can write it: letters composed, no control characters."""
    composed = unicodedata.normalize("NFC", text).translate(SPACES)
    return "".join(sign for sign in composed if unicodedata.category(sign)[0] != "C")


def runs(text: str, font: str) -> list[tuple[str, str]]:
    """The text cut where its font changes: (font, letters). What no font has stays in the one that was asked for.

    Of the borrowed fonts the one comes first that has the most of what is missing: Chinese and Japanese share letters.
    """
    text = plain(text)
    missing = [sign for sign in text if ord(sign) not in _letters(font)]
    fullest = sorted(BORROWED, key=lambda other: sum(not _lends(other, sign) for sign in missing))
    font_of = {sign: next((other for other in fullest if _lends(other, sign)), font) for sign in missing}
    return [(name, "".join(signs)) for name, signs in groupby(text, key=lambda sign: font_of.get(sign, font))]


def unprintable(text: str) -> str:
    """What of the text no font has, each sign once: Thai, Arabic or emoji, say."""
    signs = dict.fromkeys(sign for name, run in runs(text, TEXT) if name == TEXT for sign in run)
    return "".join(sign for sign in signs if ord(sign) not in _letters(TEXT))


def paragraph(text: str, look: ParagraphStyle) -> Paragraph:
    """One paragraph of text that means nothing but itself."""
    words = [
        escape(letters) if font == look.fontName else f'<font name="{font}">{escape(letters)}</font>'
        for font, letters in runs(text, look.fontName)
    ]
    return Paragraph("".join(words), look)


def heading_font(text: str) -> str:
    """The font of headings where it has every letter of the text; it knows Latin only."""
    return NAMES if all(ord(sign) in _letters(NAMES) for sign in plain(text)) else BOLD


def _letters(font: str) -> Container[int]:
    fonts()
    return pdfmetrics.getFont(font).face.charToGlyph  # type: ignore[attr-defined]  # not in its stubs


def _lends(font: str, sign: str) -> bool:
    try:
        sign.encode(BORROWED[font])
    except UnicodeEncodeError:
        return False
    return True


def money(amount: str | Decimal, currency: str) -> str:
    """An amount in the paper's language."""
    return format_money(Decimal(amount), currency, locale())


def date(iso: str) -> str:
    """A day in the paper's language, in words."""
    day = parse_date(iso)
    return dates.day(day) if day else ""
