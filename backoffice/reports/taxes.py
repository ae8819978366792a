"""The report for the tax office: what invoices and credit notes of these days say, by country and rate.

The papers are the truth here, not the orders: a credit note says of which rate it takes how much.
"""

from collections.abc import Iterator
from decimal import Decimal

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from cart.pricing import country_name
from orders.models import Invoice

from .tables import Column, Row, Span, Sums, Tick, Type

BATCH = 2000

COLUMNS = [
    Column(_("Country code")),
    Column(_("Country")),
    Column(_("Tax rate"), Type.PERCENT),
    Column(_("Currency"), Type.CURRENCY),
    Column(_("Invoices"), Type.NUMBER),
    Column(_("Net invoiced"), Type.MONEY),
    Column(_("Tax invoiced"), Type.MONEY),
    Column(_("Credit notes"), Type.NUMBER),
    Column(_("Net credited"), Type.MONEY),
    Column(_("Tax credited"), Type.MONEY),
    Column(_("Net"), Type.MONEY),
    Column(_("Tax"), Type.MONEY),
]


def papers(span: Span) -> QuerySet[Invoice]:
    """The invoices and credit notes that were issued on these days."""
    return Invoice.objects.filter(issued_on__gte=span.first, issued_on__lte=span.last)


def by_rate(span: Span, tick: Tick) -> Iterator[Row]:
    """A row for each country, rate and currency. An invoice with two rates is counted in both rows."""
    sums = Sums(6)
    rows = papers(span).order_by().values_list("kind", "currency", "order__country", "content__taxes")
    for kind, currency, country, taxes in rows.iterator(BATCH):
        at = 3 if kind == Invoice.Kind.CREDIT_NOTE else 0
        for tax in taxes:
            rate, net, amount = Decimal(tax["rate"]), Decimal(tax["net"]), Decimal(tax["tax"])
            sums.add((country, rate.normalize(), currency), (1, net, amount), at=at)
        tick()
    return (_row(*row) for row in sums.rows())


def _row(country: str, rate: Decimal, currency: str, *sums: Decimal) -> Row:
    _invoices, net, tax, _notes, net_back, tax_back = sums
    return (country, country_name(country), rate, currency, *sums, net - net_back, tax - tax_back)
