"""Reports of what was sold: by day, by country, by product. An order counts on the day it was paid."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, F, QuerySet, Sum, When
from django.db.models.functions import TruncDate
from django.utils.translation import gettext_lazy as _

from cart.pricing import country_name
from orders.models import LineItem, Order
from payment.models import Refund, RefundLine

from .tables import Column, Row, Span, Sums, Tick, Type

INCLUDED = When(order__prices_include_tax=True, then=F("total"))
WITH_TAX = Case(INCLUDED, default=F("total") + F("tax"))
WITHOUT_TAX = Case(When(order__prices_include_tax=True, then=F("total") - F("tax")), default=F("total"))

AMOUNTS = [
    Column(_("Currency"), Type.CURRENCY),
    Column(_("Orders"), Type.NUMBER),
    Column(_("Goods before discount"), Type.MONEY),
    Column(_("Discount"), Type.MONEY),
    Column(_("Shipping"), Type.MONEY),
    Column(_("Tax"), Type.MONEY),
    Column(_("Total with tax"), Type.MONEY),
    Column(_("Units"), Type.NUMBER),
    Column(_("Refunds"), Type.NUMBER),
    Column(_("Refunded"), Type.MONEY),
]
DAY_COLUMNS = [Column(_("Day"), Type.DAY), *AMOUNTS]
COUNTRY_COLUMNS = [Column(_("Country code")), Column(_("Country")), *AMOUNTS]
PRODUCT_COLUMNS = [
    Column(_("SKU")),
    Column(_("Product")),
    Column(_("Variant")),
    Column(_("Currency"), Type.CURRENCY),
    Column(_("Orders"), Type.NUMBER),
    Column(_("Units"), Type.NUMBER),
    Column(_("Before discount"), Type.MONEY),
    Column(_("Discount"), Type.MONEY),
    Column(_("Net"), Type.MONEY),
    Column(_("Tax"), Type.MONEY),
    Column(_("Total with tax"), Type.MONEY),
    Column(_("Units refunded"), Type.NUMBER),
]


def by_day(span: Span, tick: Tick) -> Iterator[Row]:
    """A row for each day and currency in which something was paid or refunded."""
    sums = Sums(9)
    for start, end in span.slices():
        orders = _paid(start, end).annotate(group=TruncDate("paid_at"))
        items = _sold(start, end).annotate(group=TruncDate("order__paid_at"))
        refunds = _refunds(start, end).annotate(group=TruncDate("created"))
        _add(sums, orders, items, refunds)
        tick()
    return sums.rows()


def by_country(span: Span, tick: Tick) -> Iterator[Row]:
    """A row for each country and currency; refunds stand with the country that the order went to."""
    sums = Sums(9)
    for start, end in span.slices():
        orders = _paid(start, end).annotate(group=F("country"))
        items = _sold(start, end).annotate(group=F("order__country"))
        refunds = _refunds(start, end).annotate(group=F("payment__order__country"))
        _add(sums, orders, items, refunds)
        tick()
    return ((code, country_name(code), *rest) for code, *rest in sums.rows())


def by_product(span: Span, tick: Tick) -> Iterator[Row]:
    """A row for each article as it was called when it was sold."""
    sums = Sums(8)
    key = ("sku", "name", "label", "order__currency")
    amounts = {
        "orders": Count("order", distinct=True),
        "units": Sum("quantity"),
        "before": Sum("subtotal"),
        "off": Sum("discount"),
        "net": Sum(WITHOUT_TAX),
        "taxes": Sum("tax"),
        "gross": Sum(WITH_TAX),
    }
    for start, end in span.slices():
        for *of, orders, units, before, off, net, taxes, gross in (
            _sold(start, end).order_by().values_list(*key).annotate(**amounts)
        ):
            sums.add(tuple(of), (orders, units, before, off, net, taxes, gross))
        counted = Refund.objects.counted().filter(created__gte=start, created__lt=end)
        back = RefundLine.objects.filter(refund__in=counted).order_by()
        for *of, units in back.values_list(*(f"line_item__{name}" for name in key)).annotate(units=Sum("quantity")):
            sums.add(tuple(of), (units,), at=7)
        tick()
    return sums.rows()


def _add(sums: Sums, orders: QuerySet[Any], items: QuerySet[Any], refunds: QuerySet[Any]) -> None:
    """Add what a slice brought, each annotated with the `group` of its row."""
    amounts = [Sum(column) for column in ("subtotal", "discount", "shipping", "tax", "total")]
    for key, currency, *numbers in orders.order_by().values_list("group", "currency").annotate(Count("pk"), *amounts):
        sums.add((key, currency), numbers)
    for key, currency, units in items.order_by().values_list("group", "order__currency").annotate(Sum("quantity")):
        sums.add((key, currency), (units,), at=6)
    for key, currency, *numbers in (
        refunds.order_by().values_list("group", "currency").annotate(Count("pk"), Sum("amount"))
    ):
        sums.add((key, currency), numbers, at=7)


def _paid(start: datetime, end: datetime) -> QuerySet[Order]:
    return Order.objects.filter(paid_at__gte=start, paid_at__lt=end)


def _sold(start: datetime, end: datetime) -> QuerySet[LineItem]:
    return LineItem.objects.filter(order__paid_at__gte=start, order__paid_at__lt=end)


def _refunds(start: datetime, end: datetime) -> QuerySet[Refund]:
    return Refund.objects.counted().filter(created__gte=start, created__lt=end)
