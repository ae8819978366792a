"""How templates write days and times: `{{ order.created|day }}`, `{{ order.expires_at|time_of_day }}`."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import template

from shop import dates

register = template.Library()


def or_nothing(write: Callable[..., str]) -> Callable[..., str]:
    """The same, but nothing where there is no moment."""

    @wraps(write)
    def written(when: Any, *width: str) -> str:
        return "" if when is None else write(when, *width)

    return written


for write in (dates.day, dates.day_and_time, dates.time_of_day, dates.zone):
    register.filter(write.__name__, or_nothing(write))
