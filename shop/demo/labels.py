"""Paper labels, drawn flat: a double rule, hills with a sun, or a block of colour."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from PIL import Image, ImageDraw, ImageFont

FONTS = Path(__file__).parent / "fonts"  # Fraunces, under the licence beside it
Colour = tuple[int, int, int]
SUN: Colour = (218, 150, 58)


@dataclass(frozen=True)
class Label:
    """What is printed, and in which colours."""

    producer: str
    name: str
    origin: str
    vintage: str
    style: str
    paper: Colour
    ink: Colour
    accent: Colour
    seed: str


def draw_label(label: Label, size: tuple[int, int]) -> Image.Image:
    """The label as it comes from the printer; the same picture for the same label."""
    sheet = Image.new("RGBA", size, (*label.paper, 255))
    STYLES[label.style](sheet, label)
    return sheet


@cache
def _font(size: int, weight: int, italic: bool = False) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(FONTS / ("serif-italic.woff2" if italic else "serif.woff2"), size)
    font.set_variation_by_axes([weight])
    return font


def _fitting(text: str, *, width: float, size: int, weight: int, italic: bool = False) -> ImageFont.FreeTypeFont:
    """The largest font up to `size` in which `text` is no wider than `width`."""
    natural = _font(size, weight, italic).getlength(text)
    return _font(max(14, min(size, int(size * width / natural))), weight, italic)


def _lines(name: str) -> list[str]:
    """A long name on two lines of about the same length."""
    words = name.split()
    if len(name) <= 11 or len(words) == 1:
        return [name]
    cuts = range(1, len(words))
    cut = min(cuts, key=lambda i: abs(len(" ".join(words[:i])) - len(" ".join(words[i:]))))
    return [" ".join(words[:cut]), " ".join(words[cut:])]


def _text(
    draw: ImageDraw.ImageDraw, at: tuple[float, float], text: str, font: ImageFont.FreeTypeFont, fill: Colour
) -> None:
    draw.text(at, text, font=font, fill=fill, anchor="mm")


def _spaced(
    draw: ImageDraw.ImageDraw, at: tuple[float, float], text: str, *, width: float, size: int, fill: Colour
) -> None:
    """Small capitals with air between the letters, centred."""
    text, gap = text.upper(), 0.16
    font = _font(size, 560)
    natural = sum(font.getlength(letter) for letter in text) + gap * size * (len(text) - 1)
    if natural > width:
        size = max(12, int(size * width / natural))
        font = _font(size, 560)
    widths = [font.getlength(letter) for letter in text]
    x = at[0] - (sum(widths) + gap * size * (len(text) - 1)) / 2
    for letter, advance in zip(text, widths, strict=True):
        draw.text((x, at[1]), letter, font=font, fill=fill, anchor="lm")
        x += advance + gap * size


def _name(draw: ImageDraw.ImageDraw, label: Label, *, middle: float, width: int, size: int, fill: Colour) -> None:
    """The wine's name, centred around the height `middle`."""
    lines = _lines(label.name)
    font = min(
        (_fitting(line, width=width * 0.76, size=size, weight=520) for line in lines), key=lambda found: found.size
    )
    step = font.size * 1.12
    for i, line in enumerate(lines):
        _text(draw, (width / 2, middle + (i - (len(lines) - 1) / 2) * step), line, font, fill)


def _double_rule(sheet: Image.Image, label: Label) -> None:
    draw, (w, h) = ImageDraw.Draw(sheet), sheet.size
    for inset, thick in ((0.055, 5), (0.085, 2)):
        d = round(min(w, h) * inset)
        draw.rectangle((d, d, w - d, h - d), outline=label.accent, width=thick)
    _spaced(draw, (w / 2, h * 0.19), label.producer, width=w * 0.72, size=27, fill=label.ink)
    draw.line((w * 0.38, h * 0.27, w * 0.62, h * 0.27), fill=label.accent, width=3)
    _name(draw, label, middle=h * 0.47, width=w, size=66, fill=label.ink)
    draw.regular_polygon((w / 2, h * 0.68, 9), 4, fill=label.accent)
    _text(
        draw,
        (w / 2, h * 0.77),
        label.origin,
        _fitting(label.origin, width=w * 0.7, size=34, weight=400, italic=True),
        label.ink,
    )
    _spaced(draw, (w / 2, h * 0.845), label.vintage, width=w * 0.5, size=25, fill=label.accent)


def _hills(sheet: Image.Image, label: Label) -> None:
    draw, (w, h) = ImageDraw.Draw(sheet), sheet.size
    random = Random(label.seed)
    sun_x, sun_y, radius = w * random.uniform(0.36, 0.64), h * 0.2, w * 0.105
    draw.ellipse((sun_x - radius, sun_y - radius, sun_x + radius, sun_y + radius), fill=SUN)
    for level, share in ((0.24, 0.3), (0.31, 0.6), (0.38, 1.0)):
        colour = tuple(round(p + (a - p) * share) for p, a in zip(label.paper, label.accent, strict=True))
        rise, lean = h * random.uniform(0.05, 0.1), random.uniform(0.25, 0.75)
        crest = [(x, h * level - rise * max(0.0, 1 - ((x / w - lean) / 0.6) ** 2)) for x in range(0, w + 8, 8)]
        draw.polygon([*crest, (w, h * 0.43), (0, h * 0.43)], fill=colour)
    _name(draw, label, middle=h * 0.595, width=w, size=56, fill=label.ink)
    _text(
        draw,
        (w / 2, h * 0.795),
        label.origin,
        _fitting(label.origin, width=w * 0.74, size=32, weight=400, italic=True),
        label.ink,
    )
    _spaced(
        draw, (w / 2, h * 0.89), f"{label.producer} {label.vintage}".strip(), width=w * 0.78, size=22, fill=label.accent
    )


def _block(sheet: Image.Image, label: Label) -> None:
    draw, (w, h) = ImageDraw.Draw(sheet), sheet.size
    draw.rectangle((0, 0, w, h * 0.56), fill=label.accent)
    draw.rectangle((0, h * 0.575, w, h * 0.585), fill=label.accent)
    _spaced(draw, (w / 2, h * 0.11), label.vintage, width=w * 0.5, size=25, fill=label.paper)
    _name(draw, label, middle=h * 0.33, width=w, size=68, fill=label.paper)
    _spaced(draw, (w / 2, h * 0.71), label.producer, width=w * 0.76, size=28, fill=label.ink)
    _text(
        draw,
        (w / 2, h * 0.84),
        label.origin,
        _fitting(label.origin, width=w * 0.74, size=34, weight=400, italic=True),
        label.ink,
    )


STYLES = {"rule": _double_rule, "hills": _hills, "block": _block}
