"""The rows of this room, a file for each kind."""

from .day_figure import DayFigure
from .day_report import DayReport
from .report import Report, ReportChunk

__all__ = ["DayFigure", "DayReport", "Report", "ReportChunk"]
