"""Orders for staff: money, stock and status move through services only."""

from .order import OrderAdmin

__all__ = ["OrderAdmin"]
