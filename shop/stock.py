"""Stock moves here and nowhere else: each change of a variant's counters writes its StockMovement."""

from collections.abc import Mapping

from django.db import transaction
from django.db.models import F, Sum

from .models import StockMovement, Variant

Kind = StockMovement.Kind


class OutOfStock(Exception):
    """A variant has fewer available units than wanted; nothing was reserved."""

    def __init__(self, variant_id: int) -> None:
        super().__init__(f"variant {variant_id} is out of stock")
        self.variant_id = variant_id


def reserve(quantities: Mapping[int, int], *, reference: str) -> None:
    """Hold units (variant id -> units) for an order, all or none.

    One conditional UPDATE per variant, in ascending id, so that two carts never deadlock and the last unit is sold
    once. Call it last in a transaction: the rows stay locked until commit. Raises OutOfStock. A second call holds
    the units a second time: callers guard by the order's status.
    """
    with transaction.atomic():
        for variant_id, units in sorted(quantities.items()):
            free = Variant.objects.filter(pk=variant_id, on_hand__gte=F("reserved") + units)
            if not free.update(reserved=F("reserved") + units):
                raise OutOfStock(variant_id)
        _write(Kind.RESERVE, quantities, reference=reference, reserved=1)


def release(quantities: Mapping[int, int], *, reference: str) -> None:
    """Give held units back to the shelf. Raises IntegrityError rather than release what was not held."""
    with transaction.atomic():
        for variant_id, units in sorted(quantities.items()):
            Variant.objects.filter(pk=variant_id).update(reserved=F("reserved") - units)
        _write(Kind.RELEASE, quantities, reference=reference, reserved=-1)


def held_for(reference: str) -> dict[int, int]:
    """The units (variant id -> units) that the ledger says are reserved for this reference now."""
    sums = StockMovement.objects.filter(reference=reference).values("variant_id").annotate(units=Sum("reserved"))
    return {row["variant_id"]: row["units"] for row in sums.order_by() if row["units"]}


def adjust(variant_id: int, units: int, *, reference: str, actor: str = "") -> None:
    """Change the units on hand by `units` (delivered, counted, broken). Raises OutOfStock below what is reserved."""
    with transaction.atomic():
        changed = Variant.objects.filter(pk=variant_id, on_hand__gte=F("reserved") - units)
        if not changed.update(on_hand=F("on_hand") + units):
            raise OutOfStock(variant_id)
        _write(Kind.ADJUST, {variant_id: units}, reference=reference, actor=actor, on_hand=1)


def _write(
    kind: Kind,
    quantities: Mapping[int, int],
    *,
    reference: str,
    actor: str = "",
    on_hand: int = 0,
    reserved: int = 0,
) -> None:
    StockMovement.objects.bulk_create(
        StockMovement(
            variant_id=variant_id,
            kind=kind,
            on_hand=units * on_hand,
            reserved=units * reserved,
            reference=reference,
            actor=actor,
        )
        for variant_id, units in sorted(quantities.items())
    )
