"""What a report is made of: columns, rows, the days that it is about, and sums as large as the report itself."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise

SLICE = timedelta(days=7)  # so much is asked of the database at once

Row = tuple[Any, ...]
Tick = Callable[[], None]  # tells who watches that one step more is done


class Type(StrEnum):
    TEXT = "text"
    CURRENCY = "currency"  # of the row's amounts; every report has one such column
    NUMBER = "number"
    MONEY = "money"  # a Decimal, in the currency that the row names
    PERCENT = "percent"
    DAY = "day"
    MOMENT = "moment"


@dataclass(frozen=True)
class Column:
    """A column of a report."""

    title: str | Promise
    type: Type = Type.TEXT


@dataclass(frozen=True)
class Span:
    """Some days, the first and the last included, in the shop's time zone."""

    first: date
    last: date

    @property
    def start(self) -> datetime:
        return _midnight(self.first)

    @property
    def end(self) -> datetime:
        """The first moment behind it."""
        return _midnight(self.last + timedelta(days=1))

    def slices(self) -> Iterator[tuple[datetime, datetime]]:
        """The span in weeks, each from a moment until before another."""
        first = self.first
        while first <= self.last:
            behind = min(first + SLICE, self.last + timedelta(days=1))
            yield _midnight(first), _midnight(behind)
            first = behind

    @property
    def steps(self) -> int:
        """How many slices it has."""
        return -(-((self.last - self.first).days + 1) // SLICE.days)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


class Sums:
    """Numbers added up by key. In memory is a row for each key, however many rows were added."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._rows: dict[Row, list[Decimal | int]] = {}

    def add(self, key: Row, numbers: Iterable[Decimal | int | None], *, at: int = 0) -> None:
        """Add the numbers to those of the key, from the column `at` on. None counts as nothing."""
        row = self._rows.setdefault(key, [0] * self._width)
        for column, number in enumerate(numbers, at):
            row[column] += number or 0

    def rows(self) -> Iterator[Row]:
        """Each key with its sums, in the order of the keys."""
        for key in sorted(self._rows):
            yield (*key, *self._rows[key])
