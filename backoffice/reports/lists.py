"""Reports that name things one by one: refunds, coupons, customers, and what lies on the shelves."""

from collections.abc import Iterator
from decimal import Decimal

from django.conf import settings
from django.db.models import Count, Max, Min, QuerySet, Sum
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from orders.models import Order
from orders.sentences import in_language
from payment.models import Refund
from shop.actors import who
from shop.models import Variant

from .tables import Column, Row, Span, Sums, Tick, Type

BATCH = 2000

REFUND_COLUMNS = [
    Column(_("Asked for"), Type.MOMENT),
    Column(_("Order")),
    Column(_("Country code")),
    Column(_("Currency"), Type.CURRENCY),
    Column(_("Amount"), Type.MONEY),
    Column(_("State")),
    Column(_("Reason")),
    Column(_("By")),
    Column(_("Payment")),
    Column(_("Refund")),
]
COUPON_COLUMNS = [
    Column(_("Code")),
    Column(_("Currency"), Type.CURRENCY),
    Column(_("Orders"), Type.NUMBER),
    Column(_("Discount of these orders"), Type.MONEY),
    Column(_("Total of these orders"), Type.MONEY),
]
CUSTOMER_COLUMNS = [
    Column(_("Email")),
    Column(_("Name")),
    Column(_("Country code")),
    Column(_("Currency"), Type.CURRENCY),
    Column(_("Orders"), Type.NUMBER),
    Column(_("Total with tax"), Type.MONEY),
    Column(_("Refunded"), Type.MONEY),
    Column(_("First paid"), Type.DAY),
    Column(_("Last paid"), Type.DAY),
]
STOCK_COLUMNS = [
    Column(_("SKU")),
    Column(_("Product")),
    Column(_("Variant")),
    Column(_("Currency"), Type.CURRENCY),
    Column(_("On hand"), Type.NUMBER),
    Column(_("Reserved"), Type.NUMBER),
    Column(_("Available"), Type.NUMBER),
    Column(_("Cost of a unit"), Type.MONEY),
    Column(_("Value at cost"), Type.MONEY),
    Column(_("Price of a unit"), Type.MONEY),
    Column(_("Value at price"), Type.MONEY),
]


def refunds(span: Span, tick: Tick) -> Iterator[Row]:
    """Each refund that was asked for on these days, with what became of it, the oldest first."""
    rows = Refund.objects.filter(created__gte=span.start, created__lt=span.end).order_by("created", "pk")
    for refund in rows.select_related("payment__order").iterator(BATCH):
        order = refund.payment.order
        state, why = refund.get_state_display(), in_language(refund.reason)
        tick()
        yield (
            refund.created, order.number, order.country, refund.currency, refund.amount, state, why,
            who(refund.actor), refund.payment.payment_intent, refund.refund_id or "",
        )  # fmt: skip


def refund_steps(span: Span) -> int:
    return Refund.objects.filter(created__gte=span.start, created__lt=span.end).count()


def coupons(span: Span, tick: Tick) -> Iterator[Row]:
    """A row for each code; an order that used two counts in both rows, with all of its discount."""
    sums = Sums(3)
    for codes, currency, discount, total in (
        _with_coupon(span).order_by().values_list("coupon_codes", "currency", "discount", "total").iterator(BATCH)
    ):
        for code in codes:
            sums.add((code, currency), (1, discount, total))
        tick()
    return sums.rows()


def coupon_steps(span: Span) -> int:
    return _with_coupon(span).count()


def customers(span: Span, tick: Tick) -> Iterator[Row]:
    """A row for each address that paid an order on these days, whatever its case, and currency.

    What was given back of these orders, whenever that was, is in memory, by the addresses that got something back.
    """
    returned = _given_back(span)
    orders = _paid(span).annotate(address=Lower("email")).order_by("address", "currency")
    rows = orders.values_list("address", "currency").annotate(
        name=Max("full_name"), place=Max("country"), number=Count("pk"), paid=Sum("total"),
        first=Min("paid_at"), last=Max("paid_at"),
    )  # fmt: skip
    for address, currency, name, place, number, paid, *moments in rows.iterator(BATCH):
        tick()
        back = returned.get((address, currency), Decimal(0))
        yield (address, name, place, currency, number, paid, back, *moments)


def _given_back(span: Span) -> dict[tuple[str, str], Decimal]:
    """(address, currency) -> what came back of the orders paid on these days."""
    of_span = {"payment__order__paid_at__gte": span.start, "payment__order__paid_at__lt": span.end}
    refunds = Refund.objects.counted().filter(**of_span).annotate(address=Lower("payment__order__email")).order_by()
    sums = refunds.values_list("address", "currency").annotate(sum=Sum("amount"))
    return {(address, currency): amount for address, currency, amount in sums}


def customer_steps(span: Span) -> int:
    return _paid(span).aggregate(number=Count(Lower("email"), distinct=True))["number"] or 0


def stock(span: Span, tick: Tick) -> Iterator[Row]:
    """Each variant as it is now, whatever the days: what is on hand, and what that is worth."""
    currency = settings.SHOP_CURRENCY
    for variant in Variant.objects.select_related("product").order_by("sku").iterator(BATCH):
        value = None if variant.cost is None else variant.cost * variant.on_hand
        tick()
        yield (
            variant.sku, variant.product.name, variant.label, currency, variant.on_hand, variant.reserved,
            variant.available, variant.cost, value, variant.price, variant.price * variant.on_hand,
        )  # fmt: skip


def stock_steps(span: Span) -> int:
    return Variant.objects.count()


def _paid(span: Span) -> QuerySet[Order]:
    return Order.objects.filter(paid_at__gte=span.start, paid_at__lt=span.end)


def _with_coupon(span: Span) -> QuerySet[Order]:
    return _paid(span).exclude(coupon_codes=[])
