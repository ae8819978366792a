"""What a query that finds nothing may have meant: the nearest words of the catalogue."""

from collections.abc import Iterable

from django.db import connection

from shop.models import SearchWord

from .words import asked_words

SHORTEST = 3  # a shorter word is one letter away from everything
LONG = 8  # from here on a word may have two mistakes
# By trigrams, which the index `search_word_trigrams` finds without reading every word.
NEAREST = """
    SELECT asked.word, near.word FROM unnest(%s) AS asked (word)
    CROSS JOIN LATERAL (SELECT word FROM shop_searchword ORDER BY word <-> asked.word LIMIT 20) AS near
"""


def corrected(query: str) -> str:
    """The query with each unknown word put right; empty where nothing nearer is known. One database query."""
    words = asked_words(query)
    near = _near(words) if words else {}
    better = [_nearest(word, near.get(word, ())) for word in words]
    return " ".join(better) if better != words else ""


def _near(words: list[str]) -> dict[str, list[str]]:
    if connection.vendor != "postgresql":
        every = list(SearchWord.objects.values_list("word", flat=True))
        return dict.fromkeys(words, every)
    found: dict[str, list[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(NEAREST, [words])
        for word, near in cursor.fetchall():
            found.setdefault(word, []).append(near)
    return found


def _nearest(word: str, known: Iterable[str]) -> str:
    """The known word with the fewest mistakes, or `word` itself where it is right, short, a number, or far off."""
    if len(word) < SHORTEST or word.isdecimal() or any(other.startswith(word) for other in known):
        return word
    allowed = 2 if len(word) >= LONG else 1
    candidates = [other for other in known if abs(len(other) - len(word)) <= allowed]
    distance, nearest = min(((mistakes(word, other), other) for other in candidates), default=(allowed + 1, word))
    return nearest if distance <= allowed else word


def mistakes(one: str, other: str) -> int:
    """How many letters are wrong, missing, too many, or swapped with their neighbour."""
    before, last = [0] * (len(other) + 1), list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, wanted in enumerate(other, 1):
            row.append(min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != wanted)))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                row[j] = min(row[j], before[j - 2] + 1)
        before, last = last, row
    return last[-1]
