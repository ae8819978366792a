"""Days and times as pages, mails and papers write them."""

from datetime import UTC, date, datetime

import pytest
from django.template import Context, Template
from django.utils import translation

EVENING = datetime(2026, 7, 31, 22, 30, tzinfo=UTC)  # in Berlin it is the next day, and summer
WINTER = datetime(2026, 1, 31, 12, 5, tzinfo=UTC)


def written(filters: str, when: object, language: str = "en") -> str:
    template = Template(f"{{% load dates %}}{{{{ when|{filters} }}}}")
    with translation.override(language):
        return template.render(Context({"when": when})).replace("\u202f", " ").replace("\xa0", " ")


@pytest.fixture(autouse=True)
def in_berlin(settings) -> None:
    settings.TIME_ZONE = "Europe/Berlin"


@pytest.mark.parametrize(
    ("language", "day", "short", "whole", "time"),
    [
        ("en", "August 1, 2026", "Aug 1, 2026", "August 1, 2026, 12:30 AM", "12:30 AM"),
        ("ru", "1 августа 2026 г.", "1 авг. 2026 г.", "1 августа 2026 г., 00:30", "00:30"),
        ("es", "1 de agosto de 2026", "1 ago 2026", "1 de agosto de 2026, 0:30", "0:30"),
    ],
)
def test_a_moment_is_written_by_the_clock_of_the_shop(
    language: str, day: str, short: str, whole: str, time: str
) -> None:
    assert written("day", EVENING, language) == day
    assert written("day:'medium'", EVENING, language) == short
    assert written("day_and_time", EVENING, language) == whole
    assert written("time_of_day", EVENING, language) == time


def test_a_day_stays_that_day() -> None:
    assert written("day", date(2026, 7, 31)) == "July 31, 2026"


def test_the_zone_is_the_one_of_that_moment(settings) -> None:
    assert [written("zone", EVENING), written("zone", WINTER)] == ["CEST", "CET"]
    settings.TIME_ZONE = "America/Sao_Paulo"  # has no letters of its own
    assert written("zone", WINTER) == "GMT-03:00"


def test_nothing_is_written_of_no_moment() -> None:
    assert [written(name, None) for name in ("day", "day_and_time", "time_of_day", "zone")] == ["", "", "", ""]
