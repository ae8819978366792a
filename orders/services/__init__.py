"""What can be done with an order, a file each. Each is one transaction and makes no network call."""

from .mails import owe_email
from .placing import CannotPlace, Customer, PendingOrderDiffers, QuoteChanged, place_order
from .shipping import (
    CannotShip,
    CannotTakeOff,
    allow_shipping,
    hold_shipping,
    mark_delivered,
    ship,
    take_off,
    why_not_to_ship,
)
from .states import end, mark_paid, mark_processing, note_return
from .units import units_of

__all__ = [
    "CannotPlace",
    "CannotShip",
    "CannotTakeOff",
    "Customer",
    "PendingOrderDiffers",
    "QuoteChanged",
    "allow_shipping",
    "end",
    "hold_shipping",
    "mark_delivered",
    "mark_paid",
    "mark_processing",
    "note_return",
    "owe_email",
    "place_order",
    "ship",
    "take_off",
    "units_of",
    "why_not_to_ship",
]
