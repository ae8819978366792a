"""Orders for staff: money, stock and status move through services only."""

from .documents import InvoiceAdmin
from .order import OrderAdmin

__all__ = ["InvoiceAdmin", "OrderAdmin"]
