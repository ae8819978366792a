"""Orders for staff: money, stock and status move through services only."""

from .documents import InvoiceAdmin
from .emails import OrderEmailAdmin
from .order import OrderAdmin

__all__ = ["InvoiceAdmin", "OrderAdmin", "OrderEmailAdmin"]
