"""A catalogue to try the shop with: a hundred and fifty wines, loaded and removed by commands."""

from .loading import load
from .removal import remove

__all__ = ["load", "remove"]
