"""The admin's first page: how the shop sells, what waits for staff, what runs low."""

from .board import Board, board_for
from .days import count_past_days

__all__ = ["Board", "board_for", "count_past_days"]
