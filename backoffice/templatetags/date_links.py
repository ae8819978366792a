"""Years, months and days to narrow a list down to: `{% date_links cl %}`, in place of Django's date_hierarchy.

Django's reads every row of the list to name only days that have some. This reads the first and the last, and names all
between them.
"""

from collections.abc import Iterator
from datetime import date, datetime
from itertools import takewhile
from typing import Any

from django import template
from django.contrib.admin.views.main import ChangeList
from django.db.models import Max, Min
from django.utils import timezone
from django.utils.dates import MONTHS
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

register = template.Library()

Link = dict[str, str]


@register.inclusion_tag("admin/date_hierarchy.html")
def date_links(cl: ChangeList) -> dict[str, Any]:
    """One query; nothing to show where the list's table is empty or the day in the address is none."""
    field = str(cl.date_hierarchy)
    first, last = _ends(cl, field)
    if first is None or last is None:
        return {"show": False}
    chosen = _chosen(cl, field)
    shown = chosen or ([first.year] if first.year == last.year else [])
    try:
        choices = [_link(cl, field, parts) for parts in _below(shown, first, last)]
        back = _link(cl, field, chosen[:-1]) if chosen else None
    except (ValueError, OverflowError):  # the 31st of February, the year 99999999999
        return {"show": False}
    if len(chosen) == 3:
        choices = [{"title": choices[0]["title"]}]
    return {"show": True, "back": back, "choices": choices}


def _chosen(cl: ChangeList, field: str) -> list[int]:
    """The year, or with the month, or with the day, that the list is narrowed down to."""
    typed = [str(cl.params.get(key, "")) for key in _keys(field)]
    return [int(number) for number in takewhile(str.isdecimal, typed)]


def _ends(cl: ChangeList, field: str) -> tuple[date | None, date | None]:
    """The first and the last day of the table, whatever else the list is narrowed down to: an index has them."""
    ends = cl.model._default_manager.aggregate(first=Min(field), last=Max(field))
    first, last = (timezone.localdate(at) if isinstance(at, datetime) else at for at in (ends["first"], ends["last"]))
    return first, last


def _keys(field: str) -> list[str]:
    return [f"{field}__{part}" for part in ("year", "month", "day")]


def _below(chosen: list[int], first: date, last: date) -> Iterator[list[int]]:
    """What can be chosen next: (year), (year, month) or (year, month, day), between the ends."""
    if not chosen:
        yield from ([year] for year in range(first.year, last.year + 1))
    elif len(chosen) == 1:
        [year] = chosen
        ends = (first.year, first.month), (last.year, last.month)
        yield from ([year, month] for month in MONTHS if ends[0] <= (year, month) <= ends[1])
    elif len(chosen) == 2:
        year, month = chosen
        days = range(date(year, month, 1).toordinal(), date(year + month // 12, month % 12 + 1, 1).toordinal())
        found = (date.fromordinal(number) for number in days)
        yield from ([year, month, day.day] for day in found if first <= day <= last)
    else:
        yield chosen


def _link(cl: ChangeList, field: str, parts: list[int]) -> Link:
    query = cl.get_query_string(dict(zip(_keys(field), map(str, parts), strict=False)), [f"{field}__"])
    return {"link": query, "title": _title(parts)}


def _title(parts: list[int]) -> str:
    if not parts:
        return _("All dates")
    day = date(*[*parts, 1, 1][:3])
    if len(parts) == 1:
        return str(day.year)
    return capfirst(date_format(day, "YEAR_MONTH_FORMAT" if len(parts) == 2 else "MONTH_DAY_FORMAT"))
