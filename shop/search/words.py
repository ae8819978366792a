"""Words as search sees them, alike on every database: lower case, without accents and marks."""

import re
import unicodedata

LONGEST_QUERY = 100
LONGEST_WORD = 40
MOST_WORDS = 8
# Letters that Unicode does not take apart into a base letter and an accent.
PLAIN = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "ß": "ss"})
WORD = re.compile(r"[^\W_]+")


def normalise(text: str) -> str:
    """The words of a text with one space between them: "Rosé  d’Été" becomes "rose d ete"."""
    return " ".join(words_of(text))


def words_of(text: str) -> list[str]:
    """The words of a text, in order, without accents."""
    folded = unicodedata.normalize("NFKD", text).casefold().translate(PLAIN)
    letters = unicodedata.normalize("NFKD", folded)
    return [word[:LONGEST_WORD] for word in WORD.findall("".join(c for c in letters if not unicodedata.combining(c)))]


def clean(query: str) -> str:
    """What somebody typed, as a page may repeat it: printable, one line, not endless."""
    return " ".join("".join(c if c.isprintable() else " " for c in query).split())[:LONGEST_QUERY]


def asked_words(query: str) -> list[str]:
    """The words that a query asks for, each once, no more than MOST_WORDS."""
    return list(dict.fromkeys(words_of(query[:LONGEST_QUERY])))[:MOST_WORDS]
