"""How papers look: fonts, colors, and how amounts, dates and names are written on them."""

import unicodedata
from decimal import Decimal
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

from babel.dates import format_date
from babel.numbers import format_decimal
from django.utils.dateparse import parse_date
from django.utils.translation import get_language
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Paragraph

from shop.money import format_money

FONTS = Path(__file__).parent / "fonts"
TEXT, BOLD, NAMES = "ShopText", "ShopText-Bold", "ShopNames"

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


def style(size: float, *, font: str = TEXT, color: Color = INK, right: bool = False) -> ParagraphStyle:
    """A paragraph of this size in points, its lines 1.35 times as far apart."""
    return ParagraphStyle(
        font, fontName=font, fontSize=size, leading=size * 1.35, textColor=color, alignment=TA_RIGHT if right else 0
    )


def plain(text: str) -> str:
    """Text as the fonts can write it: letters composed, no control characters."""
    composed = unicodedata.normalize("NFC", text).translate(SPACES)
    return "".join(sign for sign in composed if unicodedata.category(sign)[0] != "C")


def paragraph(text: str, look: ParagraphStyle) -> Paragraph:
    """One paragraph of text that means nothing but itself."""
    return Paragraph(escape(plain(text)), look)


def heading_font(text: str) -> str:
    """The font of headings where it has every letter of the text; it knows Latin only."""
    fonts()
    known = pdfmetrics.getFont(NAMES).face.charToGlyph  # type: ignore[attr-defined]  # its stubs leave it out
    return NAMES if all(ord(sign) in known for sign in plain(text)) else BOLD


def money(amount: str | Decimal, currency: str) -> str:
    """An amount in the paper's language."""
    return format_money(Decimal(amount), currency, get_language() or "en")


def percent(rate: str | Decimal) -> str:
    """A tax rate in the paper's language, such as 5.5 %."""
    return f"{format_decimal(Decimal(rate), locale=_locale())}\u00a0%"


def date(iso: str) -> str:
    """A day in the paper's language, in words."""
    day = parse_date(iso)
    return format_date(day, "long", locale=_locale()) if day else ""


def _locale() -> str:
    return (get_language() or "en").replace("-", "_")
