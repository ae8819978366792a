"""The reports that there are: for each its columns, its rows, and how many steps they take."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from backoffice.models import Report

from . import lists, sales, taxes
from .tables import Column, Row, Span, Tick


@dataclass(frozen=True)
class Source:
    """Where a report's rows come from. `rows` calls its second argument once for each of `steps`."""

    columns: Sequence[Column]
    rows: Callable[[Span, Tick], Iterator[Row]]
    steps: Callable[[Span], int]


def _weeks(span: Span) -> int:
    return span.steps


SOURCES: dict[str, Source] = {
    Report.Kind.DAYS: Source(sales.DAY_COLUMNS, sales.by_day, _weeks),
    Report.Kind.PRODUCTS: Source(sales.PRODUCT_COLUMNS, sales.by_product, _weeks),
    Report.Kind.COUNTRIES: Source(sales.COUNTRY_COLUMNS, sales.by_country, _weeks),
    Report.Kind.TAXES: Source(taxes.COLUMNS, taxes.by_rate, lambda span: taxes.papers(span).count()),
    Report.Kind.REFUNDS: Source(lists.REFUND_COLUMNS, lists.refunds, lists.refund_steps),
    Report.Kind.STOCK: Source(lists.STOCK_COLUMNS, lists.stock, lists.stock_steps),
    Report.Kind.COUPONS: Source(lists.COUPON_COLUMNS, lists.coupons, lists.coupon_steps),
    Report.Kind.CUSTOMERS: Source(lists.CUSTOMER_COLUMNS, lists.customers, lists.customer_steps),
}
