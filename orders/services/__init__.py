"""What can be done with an order, a file each. Each is one transaction and makes no network call."""

from orders.emails import owe as owe_email

from .amounts import CannotCharge, place_amount, why_not_charged
from .canceling import CannotCancel, cancel, close_withdrawal
from .correcting import CannotCorrect, correct, leave_note, why_not_to_correct
from .erasing import CannotErase, erase, forget, orders_of, why_not_to_erase
from .placing import (
    CannotPlace,
    PendingOrderDiffers,
    QuoteChanged,
    pending_order,
    place_order,
    placed_before,
    quote_for,
)
from .recording import Customer
from .shipping import (
    CannotShip,
    CannotTakeOff,
    allow_shipping,
    hold_shipping,
    mark_delivered,
    ship,
    take_off,
    to_pack,
    why_not_to_ship,
)
from .states import end, mark_paid, mark_processing, note_return
from .units import units_of, units_to_ship
from .withdrawing import (
    CONCLUDED,
    CannotWithdraw,
    Statement,
    last_day_to_withdraw,
    why_not_to_withdraw,
    withdraw,
    withdrawable_units,
    withdrawal_handled,
)

__all__ = [
    "CONCLUDED",
    "CannotCancel",
    "CannotCharge",
    "CannotCorrect",
    "CannotErase",
    "CannotPlace",
    "CannotShip",
    "CannotTakeOff",
    "CannotWithdraw",
    "Customer",
    "PendingOrderDiffers",
    "QuoteChanged",
    "Statement",
    "allow_shipping",
    "cancel",
    "close_withdrawal",
    "correct",
    "end",
    "erase",
    "forget",
    "hold_shipping",
    "last_day_to_withdraw",
    "leave_note",
    "mark_delivered",
    "mark_paid",
    "mark_processing",
    "note_return",
    "orders_of",
    "owe_email",
    "pending_order",
    "place_amount",
    "place_order",
    "placed_before",
    "quote_for",
    "ship",
    "take_off",
    "to_pack",
    "units_of",
    "units_to_ship",
    "why_not_charged",
    "why_not_to_correct",
    "why_not_to_erase",
    "why_not_to_ship",
    "why_not_to_withdraw",
    "withdraw",
    "withdrawable_units",
    "withdrawal_handled",
]
