"""How the shop sells: today and the days before, by country and by product, in words for the dashboard."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from babel.numbers import format_decimal
from django.conf import settings
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.models import DayFigure
from cart.pricing import country_name
from shop.languages import locale
from shop.models import Product
from shop.money import format_money, round_money

from .charts import Chart, bars, share
from .days import ZERO, Figure, Kind, count, first_live_day, midnight
from .periods import Period, Totals, periods

DAYS = 30  # of the chart and the tables
BEST = 10


@dataclass(frozen=True)
class Measure:
    """One figure of a period in words. `change` is in percent; None where there is nothing to compare with."""

    name: str
    value: str
    change: int | None
    note: str = ""

    @property
    def less(self) -> int:
        """By how many percent it is less, where it is."""
        return -(self.change or 0)


@dataclass(frozen=True)
class Card:
    """What a period brought."""

    title: str
    against: str
    measures: list[Measure]


@dataclass(frozen=True)
class Row:
    """A line of a table. `share` is the length of its bar, out of a hundred."""

    name: str
    number: str
    amount: str
    share: float
    product_id: int | None = None


@dataclass(frozen=True)
class Day:
    """A day of the chart, and of the table beside it."""

    day: date
    orders: str
    revenue: str


@dataclass(frozen=True)
class Sales:
    """How the shop sells."""

    cards: list[Card]
    chart: Chart
    days: list[Day]
    most: str  # what the tallest bar stands for
    countries: list[Row]
    products: list[Row]


def sales() -> Sales:
    """From what was counted ahead, and live from there on. Twelve queries, however much was sold."""
    live_from = first_live_day()
    live = count(midnight(live_from), timezone.now() + timedelta(seconds=1))
    today = timezone.localdate()
    first = today - timedelta(days=DAYS - 1)
    figures = [*_counted_days(live_from), *(figure for figure in live if figure.kind != Kind.PRODUCT)]
    recent = [figure for figure in live if figure.day >= first]
    days = _days(figures, first)
    return Sales(
        cards=[_card(period) for period in periods(figures)],
        chart=bars([revenue for _day, _orders, revenue in days]),
        days=[Day(day, _number(orders), _money(revenue)) for day, orders, revenue in days],
        most=_money(max(revenue for _day, _orders, revenue in days)),
        countries=_countries(_by_key(Kind.SALES, first, live_from, recent)),
        products=_products(_by_key(Kind.PRODUCT, first, live_from, recent)),
    )


def _counted_days(until: date) -> list[Figure]:
    """The figures counted ahead, without products, a day's countries together."""
    rows = DayFigure.objects.filter(day__lt=until).exclude(kind=Kind.PRODUCT).order_by().values_list("day", "kind")
    return [
        Figure(day, kind, "", number, amount)
        for day, kind, number, amount in rows.annotate(Sum("number"), Sum("amount"))
    ]


def _by_key(kind: str, first: date, until: date, live: Iterable[Figure]) -> list[Figure]:
    """The figures of a kind, those of a key together, the largest amount first."""
    rows = DayFigure.objects.filter(kind=kind, day__gte=first, day__lt=until).order_by().values_list("key")
    sums = {
        key: Figure(first, kind, key, number, amount)
        for key, number, amount in rows.annotate(Sum("number"), Sum("amount"))
    }
    for figure in live:
        if figure.kind == kind:
            known = sums.get(figure.key, Figure(first, kind, figure.key, 0, ZERO))
            sums[figure.key] = known._replace(number=known.number + figure.number, amount=known.amount + figure.amount)
    return sorted(sums.values(), key=lambda figure: (-figure.amount, figure.key))[:BEST]


def _days(figures: Iterable[Figure], first: date) -> list[tuple[date, int, Decimal]]:
    """(day, orders paid, revenue) of each of the last days, those without sales too."""
    days = {first + timedelta(days=number): (0, ZERO) for number in range(DAYS)}
    for figure in figures:
        if figure.kind == Kind.SALES and figure.day in days:
            orders, revenue = days[figure.day]
            days[figure.day] = (orders + figure.number, revenue + figure.amount)
    return [(day, orders, revenue) for day, (orders, revenue) in days.items()]


def _countries(figures: list[Figure]) -> list[Row]:
    most = max((figure.amount for figure in figures), default=ZERO)
    return [
        Row(country_name(figure.key), _number(figure.number), _money(figure.amount), share(figure.amount, most))
        for figure in figures
    ]


def _products(figures: list[Figure]) -> list[Row]:
    names = dict(Product.objects.filter(pk__in=[figure.key for figure in figures]).values_list("pk", "name"))
    most = max((figure.amount for figure in figures), default=ZERO)
    return [
        Row(name, _number(figure.number), _money(figure.amount), share(figure.amount, most), int(figure.key))
        for figure in figures
        if (name := names.get(int(figure.key)))
    ]


def _card(period: Period) -> Card:
    title = _("Today") if period.days == 1 else _("%d days") % period.days
    against = (
        _("against yesterday until this time") if period.days == 1 else _("against the %d days before") % period.days
    )
    now = period.now
    return Card(
        title,
        against,
        [
            _measure(_("Revenue"), period, lambda totals: totals.revenue),
            Measure(_("Orders paid"), _number(now.orders), period.change(lambda totals: totals.orders)),
            _measure(_("Average order"), period, lambda totals: totals.average),
            _measure(_("Refunds"), period, lambda totals: totals.refunded),
            Measure(
                _("From checkout to paid"),
                "–" if now.conversion is None else f"{now.conversion:.0f} %",
                period.change(lambda totals: totals.conversion),
                _("%(paid)s of %(placed)s") % {"paid": _number(now.converted), "placed": _number(now.placed)},
            ),
        ],
    )


def _measure(name: str, period: Period, value: Callable[[Totals], Decimal | None]) -> Measure:
    amount = value(period.now)
    return Measure(name, "–" if amount is None else _money(amount), period.change(value))


def _number(number: int) -> str:
    return format_decimal(number, locale=locale())


def _money(amount: Decimal) -> str:
    currency = settings.SHOP_CURRENCY
    return format_money(round_money(amount, currency), currency)
