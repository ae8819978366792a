"""What days brought: counted ahead for those that are over, and live for the others. Only this file writes DayFigure.

Past days are counted anew each hour, for they still change: an order is paid after midnight, a refund fails. Whoever
looks adds what is not counted ahead yet, which is today, and more where no worker ran. So a figure of today is exact,
and one of an earlier day at most an hour old.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Case, Count, F, Max, Q, QuerySet, Sum, When
from django.db.models.functions import TruncDate
from django.utils import timezone

from backoffice.models import DayFigure
from orders.models import LineItem, Order
from payment.models import Refund

KEPT = 60  # days: thirty, and the thirty before them
ZERO = Decimal(0)
WITH_TAX = Case(When(order__prices_include_tax=True, then=F("total")), default=F("total") + F("tax"))

Kind = DayFigure.Kind


class Figure(NamedTuple):
    """What a day brought of a kind, as in DayFigure. Amounts are in the shop's currency, tax included."""

    day: date
    kind: str
    key: str
    number: int
    amount: Decimal


def midnight(day: date) -> datetime:
    """The moment at which a day begins for the shop."""
    return timezone.make_aware(datetime.combine(day, time.min))


def count(start: datetime, end: datetime) -> list[Figure]:
    """The figures of each day from `start` until before `end`. Four queries."""
    return [*count_orders(start, end), *_products(start, end)]


def count_orders(start: datetime, end: datetime) -> list[Figure]:
    """The same without products. Three queries."""
    return [*_placed(start, end), *_sales(start, end), *_refunded(start, end)]


def count_past_days() -> int:
    """Count the last KEPT days before today anew, oldest first, and forget older ones; how many were counted.

    Each day is replaced in a transaction of its own. A second call finds the same.
    """
    today = timezone.localdate()
    first = today - timedelta(days=KEPT)
    DayFigure.objects.filter(day__lt=first).delete()
    days = [first + timedelta(days=number) for number in range(KEPT)]
    for day in days:
        _count_ahead(day)
    return len(days)


def first_live_day() -> date:
    """From when on nothing is counted ahead: today, or earlier where no worker counted."""
    today = timezone.localdate()
    last = DayFigure.objects.filter(kind=Kind.PLACED, day__lt=today).aggregate(last=Max("day"))["last"]
    return last + timedelta(days=1) if last else today - timedelta(days=KEPT)


def _count_ahead(day: date) -> None:
    figures = count(midnight(day), midnight(day + timedelta(days=1)))
    if not any(figure.kind == Kind.PLACED for figure in figures):
        figures.append(Figure(day, Kind.PLACED, "", 0, ZERO))
    with transaction.atomic():
        DayFigure.objects.filter(day=day).delete()
        DayFigure.objects.bulk_create((DayFigure(**figure._asdict()) for figure in figures), batch_size=1000)


def _orders(column: str, start: datetime, end: datetime) -> QuerySet[Any]:
    """Those of the shop's currency whose moment lies between, with the day that it is in."""
    within = {f"{column}__gte": start, f"{column}__lt": end, "currency": settings.SHOP_CURRENCY}
    return Order.objects.filter(**within).annotate(day=TruncDate(column)).order_by()


def _placed(start: datetime, end: datetime) -> Iterator[Figure]:
    paid = Count("pk", filter=Q(paid_at__isnull=False))
    rows = _orders("created", start, end).values_list("day")
    rows = rows.annotate(placed=Count("pk"), converted=paid)
    for day, placed, converted in rows:
        yield Figure(day, Kind.PLACED, "", placed, ZERO)
        yield Figure(day, Kind.CONVERTED, "", converted, ZERO)


def _sales(start: datetime, end: datetime) -> Iterator[Figure]:
    rows = _orders("paid_at", start, end).values_list("day", "country")
    for day, country, number, amount in rows.annotate(number=Count("pk"), amount=Sum("total")):
        yield Figure(day, Kind.SALES, country, number, amount)


def _refunded(start: datetime, end: datetime) -> Iterator[Figure]:
    within = Refund.objects.counted().filter(created__gte=start, created__lt=end, currency=settings.SHOP_CURRENCY)
    rows = within.annotate(day=TruncDate("created")).order_by().values_list("day")
    for day, number, amount in rows.annotate(refunds=Count("pk"), sum=Sum("amount")):
        yield Figure(day, Kind.REFUNDED, "", number, amount)


def _products(start: datetime, end: datetime) -> Iterator[Figure]:
    sold = LineItem.objects.filter(
        order__paid_at__gte=start, order__paid_at__lt=end, order__currency=settings.SHOP_CURRENCY, variant__isnull=False
    )
    rows = sold.annotate(day=TruncDate("order__paid_at")).order_by().values_list("day", "variant__product")
    for day, product, units, amount in rows.annotate(units=Sum("quantity"), amount=Sum(WITH_TAX)):
        yield Figure(day, Kind.PRODUCT, str(product), units, amount)
