"""The back office for staff, a file for each kind of rows."""

from . import days, reports

__all__ = ["days", "reports"]
