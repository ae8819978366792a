"""The rows of this room, a file for each kind."""

from .email import OrderEmail, OrderEmailQuerySet
from .order import LineItem, Order, OrderEvent, OrderQuerySet, new_number, new_token
from .shipment import Shipment, ShipmentLine

__all__ = [
    "LineItem",
    "Order",
    "OrderEmail",
    "OrderEmailQuerySet",
    "OrderEvent",
    "OrderQuerySet",
    "Shipment",
    "ShipmentLine",
    "new_number",
    "new_token",
]
