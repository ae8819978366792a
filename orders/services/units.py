"""How many units of which variants an order is about."""

from orders.models import Order


def units_of(order: Order) -> dict[int, int]:
    """Variant id -> units, for every line that has stock."""
    lines = order.line_items.exclude(variant=None).values_list("variant_id", "quantity")
    return {variant_id: quantity for variant_id, quantity in lines if variant_id is not None}
