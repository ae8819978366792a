"""The catalogue as a CSV file: checked and written by a worker, and exported so that it comes back unchanged."""

from .columns import Column, columns, guess
from .exporting import lines
from .running import NotNow, check, upload, work, write
from .table import LARGEST_FILE, Table, Unreadable, read

__all__ = [
    "LARGEST_FILE",
    "Column",
    "NotNow",
    "Table",
    "Unreadable",
    "check",
    "columns",
    "guess",
    "lines",
    "read",
    "upload",
    "work",
    "write",
]
