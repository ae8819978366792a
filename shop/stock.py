"""Stock moves here and nowhere else: each change of a variant's counters writes its StockMovement.

Every function takes its rows in ascending id, so that two carts never deadlock, and none can do half of its work. The
rows stay locked until commit: call them last in a transaction. `actor` says who did it, `reference` for which order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import F, IntegerField, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from background.inserting import insert

from . import listings
from .models import StockMovement, Variant

AT_ONCE = 500  # rows of a statement

Kind = StockMovement.Kind
Quantities = Mapping[int, int]  # variant id -> units


class OutOfStock(Exception):
    """A variant has fewer available units than wanted; nothing was moved."""

    def __init__(self, variant_id: int) -> None:
        super().__init__(f"variant {variant_id} is out of stock")
        self.variant_id = variant_id


class NotHeld(Exception):
    """The ledger says that fewer units are held for the reference, or were shipped under it; nothing was moved."""

    def __init__(self, variant_id: int, reference: str) -> None:
        super().__init__(f"so many units of variant {variant_id} are not held for {reference}")
        self.variant_id = variant_id


@dataclass(frozen=True)
class Move:
    """What one unit does to the two counters."""

    kind: Kind
    on_hand: int = 0
    reserved: int = 0


RESERVE = Move(Kind.RESERVE, reserved=1)
RELEASE = Move(Kind.RELEASE, reserved=-1)
SHIP = Move(Kind.SHIP, on_hand=-1, reserved=-1)
TAKE_BACK = Move(Kind.RETURN, on_hand=1)
WRITE_OFF = Move(Kind.ADJUST, on_hand=-1, reserved=-1)
ADJUST = Move(Kind.ADJUST, on_hand=1)


# Says by itself what became of the variant, which spares a query while it is locked.
CHANGE = """
UPDATE shop_variant SET on_hand = on_hand + %(on_hand)s, reserved = reserved + %(reserved)s
WHERE id = %(id)s AND reserved + %(reserved)s >= 0 AND on_hand + %(on_hand)s >= reserved + %(reserved)s
RETURNING product_id, on_hand - reserved
"""


def reserve(quantities: Quantities, *, reference: str, actor: str = "") -> None:
    """Hold units for an order, all or none. Raises OutOfStock; the caller's transaction, if any, has to end with it.

    A second call holds the units a second time: callers guard by the order's status.
    """
    with transaction.atomic(savepoint=False):
        _move(RESERVE, quantities, reference=reference, actor=actor)


def release(quantities: Quantities, *, reference: str, actor: str = "") -> None:
    """Give held units back to the shelf. Raises NotHeld, so a second call is refused."""
    _move_held(RELEASE, quantities, reference=reference, actor=actor)


def ship(quantities: Quantities, *, reference: str, actor: str) -> None:
    """Held units leave the house. Raises NotHeld, so a second call is refused."""
    _move_held(SHIP, quantities, reference=reference, actor=actor)


def write_off(quantities: Quantities, *, reference: str, actor: str) -> None:
    """Held units will never ship and never return to the shelf. Raises NotHeld, so a second call is refused."""
    _move_held(WRITE_OFF, quantities, reference=reference, actor=actor)


def take_back(quantities: Quantities, *, reference: str, actor: str) -> None:
    """Shipped units are on the shelf again. Raises NotHeld where more would return than were shipped."""
    with transaction.atomic():
        _move(TAKE_BACK, quantities, reference=reference, actor=actor)
        back = _sums(reference, "on_hand", kind__in=[Kind.SHIP, Kind.RETURN])
        _must_be_left({variant_id: -units for variant_id, units in back.items()}, reference)


def adjust(variant_id: int, units: int, *, reference: str, actor: str = "") -> None:
    """Change the units on hand by `units` (delivered, counted, broken). Raises OutOfStock below what is reserved."""
    adjust_many({variant_id: units}, reference=reference, actor=actor)


def adjust_many(quantities: Quantities, *, reference: str, actor: str = "") -> None:
    """`adjust` for many, all or none: a statement each, and a few for all of them."""
    with transaction.atomic():
        _change_all(ADJUST, quantities, reference=reference, actor=actor)


def held_for(reference: str) -> dict[int, int]:
    """The units (variant id -> units) that the ledger says are reserved for this reference now."""
    return {variant_id: units for variant_id, units in _sums(reference, "reserved").items() if units}


@dataclass(frozen=True)
class Difference:
    """A counter of a variant that is not the sum of its movements."""

    sku: str
    counter: str
    units: int
    ledger: int


def differences() -> list[Difference]:
    """Where counters and ledger disagree. One statement, so it is right while orders come in."""
    moved = StockMovement.objects.filter(variant=OuterRef("pk")).order_by().values("variant")
    sums = {
        f"moved_{counter}": Coalesce(
            Subquery(moved.annotate(sum=Sum(counter)).values("sum")), Value(0), output_field=IntegerField()
        )
        for counter in ("on_hand", "reserved")
    }
    wrong = ~Q(on_hand=F("moved_on_hand")) | ~Q(reserved=F("moved_reserved"))
    rows: Any = Variant.objects.annotate(**sums).filter(wrong).order_by("pk")
    return [
        Difference(variant.sku, counter, getattr(variant, counter), getattr(variant, f"moved_{counter}"))
        for variant in rows
        for counter in ("on_hand", "reserved")
        if getattr(variant, counter) != getattr(variant, f"moved_{counter}")
    ]


def _move_held(move: Move, quantities: Quantities, *, reference: str, actor: str) -> None:
    """Move units that the reference holds. The ledger is read after the rows are locked, so nobody is between."""
    with transaction.atomic():
        try:
            _move(move, quantities, reference=reference, actor=actor)
        except OutOfStock as refused:
            raise NotHeld(refused.variant_id, reference) from refused
        _must_be_left(_sums(reference, "reserved"), reference)


def _move(move: Move, quantities: Quantities, *, reference: str, actor: str) -> None:
    if any(units < 0 for units in quantities.values()):
        raise ValueError("Stock moves by whole units, and the function says in which direction.")
    _change_all(move, quantities, reference=reference, actor=actor)


def _change_all(move: Move, quantities: Quantities, *, reference: str, actor: str) -> None:
    moved = {variant_id: units for variant_id, units in sorted(quantities.items()) if units}
    _write(move, moved, reference=reference, actor=actor)
    turned = [_change(move, variant_id, units) for variant_id, units in moved.items()]
    listings.refresh([product_id for product_id in turned if product_id])


def _change(move: Move, variant_id: int, units: int) -> int | None:
    """Change a variant's counters by one conditional UPDATE, so that two at once never take the same unit.

    The product, where the variant has just been sold out or is back.
    """
    on_hand, reserved = units * move.on_hand, units * move.reserved
    with connection.cursor() as cursor:
        cursor.execute(CHANGE, {"id": variant_id, "on_hand": on_hand, "reserved": reserved})
        changed = cursor.fetchone()
    if changed is None:
        raise OutOfStock(variant_id)
    product_id, available = changed
    return product_id if (available > 0) != (available - on_hand + reserved > 0) else None


def _write(move: Move, quantities: Quantities, *, reference: str, actor: str) -> None:
    rows = [
        StockMovement(
            variant_id=variant_id,
            kind=move.kind,
            on_hand=units * move.on_hand,
            reserved=units * move.reserved,
            reference=reference,
            actor=actor,
        )
        for variant_id, units in quantities.items()
    ]
    for begin in range(0, len(rows), AT_ONCE):
        insert(*rows[begin : begin + AT_ONCE])


def _sums(reference: str, counter: str, **which: Any) -> dict[int, int]:
    rows = StockMovement.objects.filter(reference=reference, **which).values("variant_id")
    return {row["variant_id"]: row["units"] for row in rows.annotate(units=Sum(counter)).order_by()}


def _must_be_left(units_left: Mapping[int, int], reference: str) -> None:
    for variant_id, units in units_left.items():
        if units < 0:
            raise NotHeld(variant_id, reference)
