"""The rows of this room, a file for each kind."""

from .document import Immutable, Invoice, InvoiceCounter, InvoicePdf
from .email import MailOptOut, OrderEmail, OrderEmailQuerySet
from .lookup import LookupRequest
from .order import LineItem, Order, OrderEvent, OrderQuerySet, is_to_ship, new_number, new_token
from .shipment import Shipment, ShipmentLine
from .withdrawal import Withdrawal, WithdrawalLine

__all__ = [
    "Immutable",
    "Invoice",
    "InvoiceCounter",
    "InvoicePdf",
    "LineItem",
    "LookupRequest",
    "MailOptOut",
    "Order",
    "OrderEmail",
    "OrderEmailQuerySet",
    "OrderEvent",
    "OrderQuerySet",
    "Shipment",
    "ShipmentLine",
    "Withdrawal",
    "WithdrawalLine",
    "is_to_ship",
    "new_number",
    "new_token",
]
