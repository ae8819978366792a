"""Orders as lines of CSV, for spreadsheets and other programs."""

import csv
import io
from collections.abc import Iterator

from django.db.models import QuerySet
from django.utils import timezone

from orders.models import Order
from shop.importing import cells
from shop.importing.exporting import BYTE_ORDER_MARK
from shop.money import minor_digits

BATCH = 500
TEXTS = ("email", "full_name", "phone", "address1", "address2", "postcode", "city", "region", "country", "language")
MOMENTS = ("created", "paid_at")
AMOUNTS = ("subtotal", "discount", "shipping", "tax", "total")
COLUMNS = ["number", "status", "fulfilment", *MOMENTS, *TEXTS, "currency", *AMOUNTS, "coupons", "units", "items"]


def lines(orders: QuerySet[Order]) -> Iterator[str]:
    """A heading, then a line for each order, its cells such that no spreadsheet runs them.

    Moments are in the shop's time zone, amounts in the order's currency. Two queries, and memory, for 500 orders.
    """
    yield BYTE_ORDER_MARK + _line(COLUMNS)
    for order in orders.prefetch_related("line_items").iterator(BATCH):
        yield _line([cells.neutral(cell) for cell in _cells(order)])


def _line(values: list[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(values)
    return text.getvalue()


def _cells(order: Order) -> Iterator[str]:
    items = order.line_items.all()
    yield from (order.number, order.status, order.fulfilment)
    for name in MOMENTS:
        at = getattr(order, name)
        yield f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else ""
    yield from (getattr(order, name) for name in TEXTS)
    yield order.currency
    yield from (f"{getattr(order, name):.{minor_digits(order.currency)}f}" for name in AMOUNTS)
    yield " ".join(order.coupon_codes)
    yield str(sum(item.quantity for item in items))
    yield "; ".join(f"{item.quantity} x {item.sku} {item.title}" for item in items)
