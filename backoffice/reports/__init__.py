"""Figures as files that staff ask for, a file of code for each group of them; and the report of each day, in day.py."""

from .making import ask, content, expires, make, remove, remove_expired

__all__ = ["ask", "content", "expires", "make", "remove", "remove_expired"]
