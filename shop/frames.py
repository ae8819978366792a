"""Draws a template that looks alike again and again once, as a frame, and puts texts into it.

A frame is the template with a mark for each text. It says nothing of any product, so nothing in it can be out of date.
"""

import re
from collections.abc import Hashable, Mapping
from functools import lru_cache
from html import escape

from django.conf import settings
from django.template.loader import get_template
from django.utils.safestring import SafeString
from django.utils.translation import get_language

FRAMES = 500  # kept by a process, about 2 KB each
MARK = re.compile("\1(.+?)\1")

Frame = str  # with %(name)s where the text of that name goes


def drawn(template: str, texts: Mapping[str, str], language: str = "", /, **facts: Hashable) -> SafeString:
    """The template with `facts`, on which all of it may depend, and with `texts`.

    A text is shown as it is, escaped unless it is safe; all else that may depend on it is whether it is empty. Who
    draws many says what the active `language` is, which Django takes its time for.
    """
    shown = tuple(name for name, text in texts.items() if text)
    return fill(frame(template, shown, language, **facts), texts)


def frame(template: str, shown: tuple[str, ...], language: str = "", /, **facts: Hashable) -> Frame:
    """What `drawn` fills, for many with the same facts. `shown` are the names of texts that are not empty."""
    draw = _frame.__wrapped__ if settings.DEBUG else _frame  # with DEBUG templates are being written
    return draw(template, language or get_language(), tuple(facts.items()), shown)


def fill(empty: Frame, texts: Mapping[str, str]) -> SafeString:
    return SafeString(empty % {name: escaped(text) for name, text in texts.items()})


@lru_cache(FRAMES)
def _frame(
    template: str, language: str | None, facts: tuple[tuple[str, Hashable], ...], shown: tuple[str, ...]
) -> Frame:
    marks = {name: SafeString(f"\1{name}\1") for name in shown}
    text = get_template(template).render({**dict(facts), **marks})
    return MARK.sub(r"%(\1)s", text.replace("%", "%%"))


def escaped(text: str) -> str:
    return text if isinstance(text, SafeString) else escape(text)
