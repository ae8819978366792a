"""Gives numbers without gaps. Only this file writes InvoiceCounter."""

from django.db import transaction

# The first of its year makes the row. One statement, since whoever takes the next number waits from here to the commit.
TAKE = """
INSERT INTO orders_invoicecounter (series, last) VALUES (%s, 1)
ON CONFLICT (series) DO UPDATE SET last = orders_invoicecounter.last + 1
RETURNING last
"""


def take(series: str) -> int:
    """The next number of the series, from 1. It is used up only when the running transaction commits.

    Whoever takes the next one waits until then: so take it last, with every other lock held already (order, coupon,
    variants, counter). Raises RuntimeError outside a transaction.
    """
    connection = transaction.get_connection()
    if not connection.in_atomic_block:
        raise RuntimeError("a number is taken in the transaction that uses it")
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [series])
        return int(cursor.fetchone()[0])
