"""How many units of which variants an order is about."""

from collections import Counter

from orders.models import Order


def units_of(order: Order) -> dict[int, int]:
    """Variant id -> units that were ordered, for every line that has stock."""
    units: Counter[int] = Counter()
    for item in order.line_items.all():
        if item.variant_id:
            units[item.variant_id] += item.quantity
    return dict(units)


def units_to_ship(order: Order) -> dict[int, int]:
    """Variant id -> units that are still to be shipped: those that a live order keeps on the shelf."""
    units: Counter[int] = Counter()
    for item in order.line_items.all():
        if item.variant_id:
            units[item.variant_id] += item.units_to_ship
    return {variant_id: count for variant_id, count in units.items() if count}
