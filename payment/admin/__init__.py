"""Payment for staff, a file each: rows to read, reports, and what they decide: refunds, cancellations, withdrawals."""

from . import payments, reports, rows

__all__ = ["payments", "reports", "rows"]
