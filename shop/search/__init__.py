"""Finding products by words. On Postgres by full text with ranks, elsewhere by the same words, ranked by place."""

from .index import forget_words, index
from .matching import find
from .missed import note_missed
from .spelling import corrected
from .suggesting import suggest
from .words import LONGEST_QUERY, clean, normalise

__all__ = [
    "LONGEST_QUERY",
    "clean",
    "corrected",
    "find",
    "forget_words",
    "index",
    "normalise",
    "note_missed",
    "suggest",
]
