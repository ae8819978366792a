"""The rows of this room, a file for each kind."""

from .api import ApiKey, ApiOrder
from .day_figure import DayFigure
from .day_report import DayReport
from .report import Report, ReportChunk

__all__ = ["ApiKey", "ApiOrder", "DayFigure", "DayReport", "Report", "ReportChunk"]
