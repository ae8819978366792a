"""Gives numbers without gaps. Only this file writes InvoiceCounter."""

from django.db import transaction
from django.db.models import F

from orders.models import InvoiceCounter


def take(series: str) -> int:
    """The next number of the series, from 1. It is used up only when the running transaction commits.

    Whoever takes the next one waits until then: so take it last, with every other lock held already (order, coupon,
    variants, counter). Raises RuntimeError outside a transaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a number is taken in the transaction that uses it")
    counter = InvoiceCounter.objects.filter(series=series)
    if not counter.update(last=F("last") + 1):  # the first of its year; somebody else may write the row just now
        InvoiceCounter.objects.bulk_create([InvoiceCounter(series=series)], ignore_conflicts=True)
        counter.update(last=F("last") + 1)
    return counter.values_list("last", flat=True).get()
