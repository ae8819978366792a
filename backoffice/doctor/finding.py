"""What a check of the doctor says. A check that fails is a finding itself, and hides no other."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from background import logs


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Finding:
    """`check` is its name, the same every time; `remedy` says what to do, empty where all is well."""

    check: str
    level: Level
    sentence: str
    remedy: str = ""


Found = Iterable[tuple[Level, str, str]]
Check = Callable[[], Found]


def ok(sentence: str) -> tuple[Level, str, str]:
    return Level.OK, sentence, ""


def warning(sentence: str, remedy: str) -> tuple[Level, str, str]:
    return Level.WARNING, sentence, remedy


def error(sentence: str, remedy: str) -> tuple[Level, str, str]:
    return Level.ERROR, sentence, remedy


def examine(check: Check) -> Iterator[Finding]:
    """Run one check; addresses and keys are masked, for people paste this into tickets."""
    name = check.__name__
    try:
        found = list(check())
    except Exception as problem:  # whatever a broken installation raises
        found = [error(f"This check failed itself: {type(problem).__name__}: {problem}", "See the checks above it.")]
    for level, sentence, remedy in found:
        yield Finding(name, level, logs.mask(sentence), remedy)
