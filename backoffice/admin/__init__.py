"""The back office for staff, a file for each kind of rows."""

from . import api_keys, days, reports

__all__ = ["api_keys", "days", "reports"]
