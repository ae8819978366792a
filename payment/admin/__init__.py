"""Payment for staff, a file each: rows to read, reports, and what they decide: refunds, cancellations, withdrawals."""

from . import orders, payments, reports, rows

__all__ = ["orders", "payments", "reports", "rows"]
