"""Pictures: what is accepted, how it is kept, and the renditions that pages show."""

from .accepting import Refused, accept
from .rendering import WIDTHS, remove_file_on_commit, remove_files_on_commit, render, render_anew

__all__ = ["WIDTHS", "Refused", "accept", "remove_file_on_commit", "remove_files_on_commit", "render", "render_anew"]
