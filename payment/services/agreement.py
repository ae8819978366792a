"""How the shop comes to agree with Stripe: ask without a lock, apply under one, and never apply an old answer."""

from collections.abc import Callable
from typing import TypeVar

from django.db import transaction

from orders import transitions
from orders.models import Order

Answer = TypeVar("Answer")

TRIES = 8


class SettleConflict(Exception):
    """The order changed each time that Stripe was asked: try again later."""


def agree(order_id: int, ask: Callable[[], Answer], apply: Callable[[Order, Answer], None]) -> Order:
    """Ask Stripe, then apply the answer to the locked order; the order as it then is.

    `order.revision` counts what was learnt of an order. Where it moved between question and lock, the answer may be
    older than what is known, and Stripe is asked again. Raises what `ask` raises, and SettleConflict.
    """
    for _try in range(TRIES):
        revision = Order.objects.values_list("revision", flat=True).get(pk=order_id)
        answer = ask()
        with transaction.atomic():
            order = transitions.lock(order_id)
            if order.revision == revision:
                apply(order, answer)
                return order
    raise SettleConflict(order_id)
