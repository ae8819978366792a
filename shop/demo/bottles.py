"""The outlines and glasses of bottles: how wide each is at which height, and how light falls on it."""

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, exp, pi, sqrt

from PIL import Image

Colour = tuple[int, int, int]
Strip = Image.Image  # one pixel high: the light across a bottle, from its left to its right edge
STRIP_WIDTH = 256

# How the half-width goes from one height to the next.
EASES: dict[str, Callable[[float], float]] = {
    "line": lambda t: t,
    "swing": lambda t: (1 - cos(pi * t)) / 2,
    "round": lambda t: 1 - (1 - t) ** 2,
    "hollow": lambda t: t**4,
}


@dataclass(frozen=True)
class Shape:
    """An outline. Heights go from 0 (lip) to 1 (foot), half-widths from 0 to 1 (the belly); sizes are in pixels."""

    width: int
    height: int
    outline: tuple[tuple[float, float, str], ...]
    capsule: float  # where it ends
    label: tuple[float, float]

    def half_width(self, y: float) -> float:
        """As a share of the belly's."""
        top, start, _ease = self.outline[0]
        for bottom, end, ease in self.outline[1:]:
            if y <= bottom:
                return start + (end - start) * EASES[ease]((y - top) / (bottom - top))
            top, start = bottom, end
        return start


LIP = ((0.0, 0.33, "line"), (0.006, 0.365, "round"), (0.03, 0.365, "line"), (0.036, 0.335, "hollow"))
FOOT = ((0.982, 1.0, "line"), (1.0, 0.9, "hollow"))

SHAPES = {
    "bordeaux": Shape(
        246,
        856,
        (*LIP, (0.19, 0.35, "line"), (0.31, 0.56, "hollow"), (0.42, 1.0, "round"), *FOOT),
        0.215,
        (0.5, 0.86),
    ),
    "burgundy": Shape(
        268,
        842,
        (*LIP, (0.2, 0.35, "line"), (0.56, 1.0, "swing"), *FOOT),
        0.2,
        (0.585, 0.885),
    ),
    "flute": Shape(
        218,
        880,
        (*LIP, (0.16, 0.37, "line"), (0.62, 1.0, "swing"), *FOOT),
        0.19,
        (0.615, 0.87),
    ),
    "champagne": Shape(
        280,
        850,
        (
            (0.0, 0.3, "line"),
            (0.012, 0.37, "round"),
            (0.035, 0.4, "swing"),
            (0.06, 0.36, "swing"),
            (0.19, 0.37, "line"),
            (0.54, 1.0, "swing"),
            *FOOT,
        ),
        0.31,
        (0.585, 0.865),
    ),
    "port": Shape(
        252,
        800,
        (
            *LIP,
            (0.12, 0.37, "line"),
            (0.2, 0.46, "swing"),
            (0.28, 0.42, "swing"),
            (0.34, 0.6, "hollow"),
            (0.43, 1.0, "round"),
            *FOOT,
        ),
        0.13,
        (0.5, 0.84),
    ),
}


@dataclass(frozen=True)
class Glass:
    """What light makes of glass and wine: the middle, the edge, and how strongly it shines."""

    middle: Colour
    edge: Colour
    shine: float = 0.75


GLASSES = {
    "green": Glass((38, 47, 30), (12, 16, 10)),
    "black": Glass((38, 24, 25), (14, 8, 10)),
    "leaf": Glass((88, 88, 42), (44, 44, 18)),
    "straw": Glass((214, 203, 134), (150, 140, 74), 0.9),
    "pale": Glass((216, 211, 150), (146, 144, 82), 0.9),
    "blush": Glass((240, 176, 152), (205, 124, 104), 0.9),
    "salmon": Glass((236, 152, 134), (196, 104, 92), 0.9),
    "amber": Glass((214, 150, 52), (142, 86, 18), 0.85),
    "tawny": Glass((82, 38, 22), (34, 14, 9)),
}


def glass_strip(glass: Glass) -> Strip:
    """Light across glass: dark edges, a broad window on the left, a thin one on the right."""

    def light(x: float) -> Colour:
        depth = sqrt(max(0.0, 1 - x * x)) ** 0.8
        window = _bump(x, -0.56, 0.11) * 0.62 + _bump(x, -0.4, 0.2) * 0.16
        rim = _bump(x, 0.78, 0.045) * 0.42 + _bump(x, 0.6, 0.22) * 0.1 + _bump(x, -0.9, 0.03) * 0.16
        return _lit(_mix(glass.edge, glass.middle, depth), (window + rim) * glass.shine)

    return _strip(light)


def matt_strip(colour: Colour, *, gloss: float = 0.35) -> Strip:
    """Light across foil or wax of one colour."""
    dark = _mix(colour, (0, 0, 0), 0.55)

    def light(x: float) -> Colour:
        depth = sqrt(max(0.0, 1 - x * x)) ** 0.7
        return _lit(_mix(dark, colour, depth), gloss * (_bump(x, -0.5, 0.2) + 0.5 * _bump(x, 0.7, 0.1)))

    return _strip(light)


def paper_strip() -> Strip:
    """Light across the label, to multiply it with."""
    return _strip(lambda x: _grey(0.6 + 0.4 * sqrt(max(0.0, 1 - (abs(x) ** 2.6))) + 0.04 * _bump(x, -0.45, 0.2)))


def _strip(light: Callable[[float], Colour]) -> Strip:
    strip = Image.new("RGB", (STRIP_WIDTH, 1))
    strip.putdata([light(2 * (i + 0.5) / STRIP_WIDTH - 1) for i in range(STRIP_WIDTH)])
    return strip


def _bump(x: float, at: float, spread: float) -> float:
    return exp(-(((x - at) / spread) ** 4))


def _mix(a: Colour, b: Colour, share: float) -> Colour:
    red, green, blue = (round(m + (n - m) * share) for m, n in zip(a, b, strict=True))
    return red, green, blue


def _lit(colour: Colour, amount: float) -> Colour:
    return _mix(colour, (255, 250, 240), min(1.0, amount))


def _grey(value: float) -> Colour:
    level = round(255 * min(1.0, value))
    return level, level, level
