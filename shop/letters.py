"""Which letters papers can be printed in, and in which font; what holds others is refused where it is entered."""

import unicodedata
from collections.abc import Container
from functools import cache
from itertools import groupby
from pathlib import Path

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont

FONTS = Path(__file__).parent / "fonts"
TEXT, BOLD, NAMES = "ShopText", "ShopText-Bold", "ShopNames"

# For letters that those lack, with the encoding that has the same letters. These are named in the PDF and not embedded
# (PDF 32000-1, 9.7.5.2): viewers and printers bring fonts of their own for them.
BORROWED = {"HeiseiKakuGo-W5": "cp932", "STSong-Light": "gbk", "HYGothic-Medium": "cp949"}

# Spaces that the fonts lack; Babel writes them into amounts.
SPACES = {0x202F: 0xA0, 0x2007: 0xA0, 0x09: 0x20, 0x0A: 0x20, 0x0D: 0x20}
MOST_SIGNS = 10  # that an error repeats


@cache
def register_fonts() -> None:
    """Make the fonts known to ReportLab, once per process."""
    for name, file in ((TEXT, "text-regular.ttf"), (BOLD, "text-bold.ttf"), (NAMES, "names.ttf")):
        pdfmetrics.registerFont(TTFont(name, FONTS / file))
    pdfmetrics.registerFontFamily(TEXT, normal=TEXT, bold=BOLD, italic=TEXT, boldItalic=BOLD)
    for name in BORROWED:
        pdfmetrics.registerFont(UnicodeCIDFont(name))
        pdfmetrics.registerFontFamily(name, normal=name, bold=name, italic=name, boldItalic=name)


def plain(text: str) -> str:
    """Text as the fonts can write it: letters composed, no control characters."""
    composed = unicodedata.normalize("NFC", text).translate(SPACES)
    return "".join(sign for sign in composed if unicodedata.category(sign)[0] != "C")


def runs(text: str, font: str) -> list[tuple[str, str]]:
    """The text cut where its font changes: (font, letters). What no font has stays in the one that was asked for.

    Of the borrowed fonts the one comes first that has the most of what is missing: Chinese and Japanese share letters.
    """
    text = plain(text)
    missing = [sign for sign in text if ord(sign) not in letters_of(font)]
    fullest = sorted(BORROWED, key=lambda other: sum(not _lends(other, sign) for sign in missing))
    font_of = {sign: next((other for other in fullest if _lends(other, sign)), font) for sign in missing}
    return [(name, "".join(signs)) for name, signs in groupby(text, key=lambda sign: font_of.get(sign, font))]


def unprintable(text: str) -> str:
    """What of the text no font has, each sign once: Thai, Arabic or emoji, say."""
    signs = dict.fromkeys(sign for name, run in runs(text, TEXT) if name == TEXT for sign in run)
    return "".join(sign for sign in signs if ord(sign) not in letters_of(TEXT))


def printable(text: str) -> None:
    """A field's validator: raises ValidationError for what papers would print as boxes, and names it."""
    if signs := unprintable(text):
        raise ValidationError(
            _(
                "Invoices and packing slips cannot print “%(signs)s”. "
                "Please use Latin, Greek, Cyrillic, Chinese, Japanese or Korean letters."
            ),
            code="unprintable",
            params={"signs": signs[:MOST_SIGNS]},
        )


def letters_of(font: str) -> Container[int]:
    """The code points that one of the embedded fonts has."""
    register_fonts()
    return pdfmetrics.getFont(font).face.charToGlyph  # type: ignore[attr-defined]  # not in its stubs


def _lends(font: str, sign: str) -> bool:
    try:
        sign.encode(BORROWED[font])
    except UnicodeEncodeError:
        return False
    return True
