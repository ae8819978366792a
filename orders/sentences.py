"""Sentences for staff, kept in English, so that they can be compared, and shown in the language of their reader."""

import re

from django.utils import translation

PLACE = re.compile(r"%\((\w+)\)s")

_kept: dict[str, re.Pattern[str]] = {}


def sentence(text: str) -> str:
    """Make a sentence known that an order may keep, in its attention, its history or its hold; `%(name)s` are its gaps.

    The catalogue of texts has it, too. Its gaps may hold other sentences.
    """
    parts = [
        re.escape(part) if number % 2 == 0 else f"(?P<{part}>.+?)" for number, part in enumerate(PLACE.split(text))
    ]
    _kept[text] = re.compile("".join(parts), re.DOTALL)
    return text


def in_language(kept: str) -> str:
    """What an order keeps, a sentence a line, in the active language; what is none of the sentences stays as it is."""
    return "\n".join(_line(line) for line in kept.split("\n"))


def _line(line: str) -> str:
    for text in sorted(_kept, key=lambda text: -len(PLACE.sub("", text))):  # what says most, first
        if found := _kept[text].fullmatch(line):
            gaps = {name: _line(words) for name, words in found.groupdict().items()}
            shown = translation.gettext(text)
            return shown % gaps if gaps else shown
    return line
