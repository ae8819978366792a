"""A catalogue to try the shop with: about sixty wines, loaded and removed by commands."""

from .loading import load
from .removal import remove

__all__ = ["load", "remove"]
