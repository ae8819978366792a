"""The back office for staff, a file for each kind of rows."""

from . import accounts, api_keys, days, reports, sign_ins

__all__ = ["accounts", "api_keys", "days", "reports", "sign_ins"]
