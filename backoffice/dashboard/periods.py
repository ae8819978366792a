"""Today, seven days and thirty days, each beside the period before it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from .days import ZERO, Figure, Kind, count_orders, midnight

HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Totals:
    """What a period brought, in the shop's currency, tax included. Refunds are not taken off the revenue."""

    orders: int = 0
    revenue: Decimal = ZERO
    refunds: int = 0
    refunded: Decimal = ZERO
    placed: int = 0
    converted: int = 0

    @property
    def average(self) -> Decimal | None:
        """Of an order; None without any."""
        return self.revenue / self.orders if self.orders else None

    @property
    def conversion(self) -> Decimal | None:
        """Of a hundred orders placed, how many were paid, by now; None where none was placed."""
        return HUNDRED * self.converted / self.placed if self.placed else None


def total(figures: Iterable[Figure]) -> Totals:
    """The totals of all these figures."""
    numbers: dict[str, int] = {}
    amounts: dict[str, Decimal] = {}
    for figure in figures:
        numbers[figure.kind] = numbers.get(figure.kind, 0) + figure.number
        amounts[figure.kind] = amounts.get(figure.kind, ZERO) + figure.amount
    return Totals(
        orders=numbers.get(Kind.SALES, 0),
        revenue=amounts.get(Kind.SALES, ZERO),
        refunds=numbers.get(Kind.REFUNDED, 0),
        refunded=amounts.get(Kind.REFUNDED, ZERO),
        placed=numbers.get(Kind.PLACED, 0),
        converted=numbers.get(Kind.CONVERTED, 0),
    )


@dataclass(frozen=True)
class Period:
    """Some days until now, and as many before them."""

    days: int
    now: Totals
    before: Totals

    def change(self, value: Callable[[Totals], Decimal | int | None]) -> int | None:
        """By how many percent a value is more or less than in the period before; None where that had none."""
        now, before = value(self.now), value(self.before)
        if now is None or not before:
            return None
        return round(HUNDRED * (Decimal(now) - Decimal(before)) / Decimal(before))


def periods(figures: list[Figure]) -> list[Period]:
    """Today, seven days and thirty days, from the figures of sixty days.

    Today is compared with yesterday until the same time of the day, which takes three queries.
    """
    today = timezone.localdate()
    return [
        Period(1, _of(figures, today, 1), total(_yesterday_until_now())),
        *(
            Period(days, _of(figures, today, days), _of(figures, today - timedelta(days=days), days))
            for days in (7, 30)
        ),
    ]


def _of(figures: Iterable[Figure], last: date, days: int) -> Totals:
    first = last - timedelta(days=days - 1)
    return total(figure for figure in figures if first <= figure.day <= last)


def _yesterday_until_now() -> list[Figure]:
    now = timezone.localtime()
    yesterday = now.date() - timedelta(days=1)
    same_time = timezone.make_aware(datetime.combine(yesterday, now.time()))
    return count_orders(midnight(yesterday), same_time)
