"""Bars for an SVG, as plain numbers: the template draws them, the page's style sheet colours them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

HEIGHT, STEP, GAP = 100, 10, 2  # in units of the drawing, which is stretched to the width of the page


@dataclass(frozen=True)
class Bar:
    """A rectangle, measured from the upper left."""

    x: int
    y: float
    height: float
    width: int = STEP - GAP


@dataclass(frozen=True)
class Chart:
    """Bars beside each other; the tallest one is as tall as the chart."""

    bars: list[Bar]
    width: int
    height: int = HEIGHT


def bars(values: Sequence[Decimal]) -> Chart:
    """A bar for each value. Nothing above zero is too small to be seen; below zero there is none."""
    tallest = max(values, default=Decimal(0))
    heights = [share(value, tallest) for value in values]
    drawn = [Bar(number * STEP, HEIGHT - height, height) for number, height in enumerate(heights)]
    return Chart(drawn, max(1, len(values) * STEP - GAP))


def share(value: Decimal, tallest: Decimal) -> float:
    """How long the bar of a value is, out of a hundred."""
    return max(1.0, round(float(100 * value / tallest), 1)) if value > 0 else 0.0
