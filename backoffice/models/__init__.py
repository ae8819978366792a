"""The rows of this room, a file for each kind."""

from .api import ApiKey, ApiOrder
from .day_figure import DayFigure
from .day_report import DayReport
from .report import Report, ReportChunk
from .sign_in import PasswordReset, SignInEvent

__all__ = [
    "ApiKey", "ApiOrder", "DayFigure", "DayReport", "PasswordReset", "Report", "ReportChunk", "SignInEvent",
]  # fmt: skip
