"""How papers look: sizes, colors, and how amounts, dates and names are written on them."""

from decimal import Decimal
from xml.sax.saxutils import escape

from django.utils.dateparse import parse_date
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Paragraph

from shop import dates
from shop.letters import BOLD, NAMES, TEXT, letters_of, plain, runs
from shop.money import format_money

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


def style(size: float, *, font: str = TEXT, color: Color = INK, right: bool = False) -> ParagraphStyle:
    """A paragraph of this size in points, its lines 1.35 times as far apart."""
    return ParagraphStyle(
        font, fontName=font, fontSize=size, leading=size * 1.35, textColor=color, alignment=TA_RIGHT if right else 0
    )


def paragraph(text: str, look: ParagraphStyle) -> Paragraph:
    """One paragraph of text that means nothing but itself."""
    words = [
        escape(letters) if font == look.fontName else f'<font name="{font}">{escape(letters)}</font>'
        for font, letters in runs(text, look.fontName)
    ]
    return Paragraph("".join(words), look)


def heading_font(text: str) -> str:
    """The font of headings where it has every letter of the text; it knows Latin only."""
    return NAMES if all(ord(sign) in letters_of(NAMES) for sign in plain(text)) else BOLD


def money(amount: str | Decimal, currency: str) -> str:
    """An amount in the paper's language."""
    return format_money(Decimal(amount), currency)


def date(iso: str) -> str:
    """A day in the paper's language, in words."""
    day = parse_date(iso)
    return dates.day(day) if day else ""
