"""Days and times as people write them: in the active language (CLDR), by the shop's clock (TIME_ZONE)."""

from datetime import date, datetime
from typing import Literal

from babel.dates import format_date, format_time, get_datetime_format, get_timezone_gmt
from django.utils import timezone

from .languages import locale


def day(when: date, width: Literal["long", "medium"] = "long") -> str:
    """A day, such as November 24, 2026; `medium` is Nov 24, 2026. A moment is on the day that the shop has then."""
    shown = timezone.localtime(when) if isinstance(when, datetime) else when
    return format_date(shown, width, locale=locale())


def time_of_day(when: datetime, width: Literal["short", "medium"] = "short") -> str:
    """Hour and minute, such as 6:20 PM; `medium` has the second, too."""
    return format_time(timezone.localtime(when), width, locale=locale())


def day_and_time(when: datetime) -> str:
    """Such as November 24, 2026, 6:20 PM."""
    together = str(get_datetime_format("long", locale=locale())).replace("'", "")  # around words of its own
    return together.format(time_of_day(when), day(when))


def zone(when: datetime) -> str:
    """What the shop's clock is called at that moment, such as CET; GMT-03:00 where the zone has no name of its own."""
    moment = timezone.localtime(when)
    name = moment.tzname() or ""
    return name if name.isalpha() else get_timezone_gmt(moment, "long", locale=locale())
