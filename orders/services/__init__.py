"""What can be done with an order, a file each. Each is one transaction and makes no network call."""

from .mails import owe_email
from .placing import CannotPlace, Customer, PendingOrderDiffers, QuoteChanged, place_order
from .states import end, mark_paid, mark_processing, note_return
from .units import units_of

__all__ = [
    "CannotPlace",
    "Customer",
    "PendingOrderDiffers",
    "QuoteChanged",
    "end",
    "mark_paid",
    "mark_processing",
    "note_return",
    "owe_email",
    "place_order",
    "units_of",
]
