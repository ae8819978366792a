"""Crowds of shoppers who place orders at the same moment, and what must be true when they are done."""

import os
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.db import connection

from cart.models import Cart, CartLine
from orders.models import LineItem, Order
from orders.services import Customer, place_order, quote_for
from payment.services import end_hold
from shop import stock
from shop.models import Variant
from shop.stock import OutOfStock
from tests.checkout import ADDRESS
from tests.races import deadlocks, most_connections, run_together

REPEATS = int(os.environ.get("RACE_REPEATS", "1"))  # `make races` asks for 20

Status = Order.Status
Job = Callable[[], Any]


@dataclass
class Rush:
    """What came of a crowd, over all its repeats."""

    name: str
    buyers: int = 0
    repeats: int = 0
    connections: set[int] = field(default_factory=set)
    outcomes: Counter[str] = field(default_factory=Counter)
    ended: int = 0
    deadlocks: int = 0
    seconds: float = 0
    slowest: float = 0

    def __str__(self) -> str:
        placed, refused, adjusted = (self.outcomes[name] for name in ("Order", "OutOfStock", "adjusted"))
        errors = sum(count for name, count in self.outcomes.items() if name not in EXPECTED)
        fewest, most = min(self.connections), max(self.connections)
        cells = [self.buyers, self.repeats, most if most == fewest else f"{fewest}-{most}"]
        cells += [placed, refused, self.ended, adjusted, errors, self.deadlocks]
        cells += [f"{self.seconds:.1f}", f"{self.slowest:.1f}"]
        return f"{self.name:44}" + "".join(f"{cell:>12}" for cell in cells)


EXPECTED = frozenset({"Order", "OutOfStock", "looked", "adjusted"})
COLUMNS = "buyers repeats connections placed refused ended adjusted errors deadlocks seconds slowest".split()
HEADING = f"{'race':44}" + "".join(f"{name:>12}" for name in COLUMNS)


def run(rush: Rush, buyers: Sequence[Job], *, meanwhile: Sequence[Job] = ()) -> Counter[str]:
    """Let every buyer place at once, with the other jobs strewn among them; how often each outcome came."""
    took: list[float] = []
    jobs = [partial(_patiently, job, took) for job in (*buyers, *meanwhile)]
    random.Random(len(jobs)).shuffle(jobs)
    connections = most_connections(len(buyers))
    before, began = deadlocks(), time.monotonic()
    results = run_together(jobs, connections=connections)
    rush.seconds += time.monotonic() - began
    outcomes = Counter(result if isinstance(result, str) else type(result).__name__ for result in results)
    rush.buyers, rush.repeats = len(buyers), rush.repeats + 1
    rush.connections.add(connections)
    rush.outcomes += outcomes
    rush.slowest = max(rush.slowest, *took)
    rush.deadlocks += deadlocks() - before
    return outcomes


def _patiently(job: Job, took: list[float]) -> Any:
    """Do the job however long it waits for its turn, which is a question of the machine, and note how long it took."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '90s'; SET statement_timeout = '90s'")
    began = time.monotonic()
    try:
        return job()
    finally:
        took.append(time.monotonic() - began)


def shoppers(count: int, variants: Sequence[Variant]) -> list[Job]:
    """Each has seen the quote of a cart with one of each, every other filled from the other end, and will place it."""
    carts = Cart.objects.bulk_create(Cart() for _number in range(count))
    CartLine.objects.bulk_create(
        CartLine(cart=cart, variant=variant, quantity=1, name=str(variant), shown_price=variant.price)
        for number, cart in enumerate(carts)
        for variant in variants[:: 1 if number % 2 else -1]
    )
    seen = [quote_for(cart, ADDRESS).fingerprint for cart in carts[:2]]
    customer = Customer(ADDRESS, language="en")
    return [partial(place_order, cart, customer, fingerprint=seen[number % 2]) for number, cart in enumerate(carts)]


def stubborn(shopper: Job) -> Job:
    """The same, who looks once more a little later where everything is promised, since holds end."""

    def insist() -> Any:
        with suppress(OutOfStock):
            return shopper()
        time.sleep(random.uniform(0.3, 2))
        return shopper()

    return insist


def end_a_hold(variants: Sequence[Variant]) -> str:
    """What the sweep does when the time of an unpaid order is over: the first that waits with any of these."""
    for _try in range(20):
        order = Order.objects.awaiting_payment().filter(line_items__variant__in=variants).order_by("?").first()
        if order:
            end_hold(order.pk, Status.EXPIRED, actor="sweep")
            break
        time.sleep(0.05)
    return "looked"


def adjust(variants: Sequence[Variant], units: int) -> str:
    """What staff do who count the shelf, or unpack a delivery."""
    for variant in variants:
        with suppress(OutOfStock):  # these are promised
            stock.adjust(variant.pk, units, reference="counted", actor="ann")
    return "adjusted"


def ended(variants: Sequence[Variant]) -> int:
    return Order.objects.filter(status=Status.EXPIRED, line_items__variant__in=variants).distinct().count()


def must_be_in_order(variants: Sequence[Variant]) -> None:
    """What waiting orders hold is what is reserved, no more than is there, and the ledger explains each counter."""
    assert stock.differences() == []
    held: Counter[int] = Counter()
    for item in LineItem.objects.filter(order__in=Order.objects.awaiting_payment(), variant__in=variants):
        held[item.variant_id or 0] += item.quantity
    for variant in Variant.objects.filter(pk__in=[variant.pk for variant in variants]):
        assert variant.reserved == held[variant.pk] <= variant.on_hand
    for number in Order.objects.filter(status=Status.EXPIRED).values_list("number", flat=True):
        assert stock.held_for(number) == {}
