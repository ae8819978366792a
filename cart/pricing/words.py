"""How a quote speaks: amounts, countries and days in the visitor's language."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent
from django.conf import settings
from django.utils.translation import gettext as _, ngettext

from shop import dates
from shop.languages import locale
from shop.money import format_money

SATURDAY = 5


def money(amount: Decimal) -> str:
    """An amount in the shop's currency, such as €46.40."""
    return format_money(amount, settings.SHOP_CURRENCY)


def number(value: Decimal) -> str:
    """A plain number, such as 2.5."""
    return format_decimal(value, locale=locale())


def percent(rate: Decimal) -> str:
    """A rate in percent, such as 5.5%."""
    return _percent(rate, locale())


@lru_cache(100)  # the same few rates again and again, which Babel takes its time for
def _percent(rate: Decimal, language: str) -> str:
    return format_percent(rate / 100, locale=language, decimal_quantization=False)


def day(when: date) -> str:
    """A day, such as Nov 24, 2026."""
    return dates.day(when, "medium")


def country_name(code: str) -> str:
    """A country's name in the visitor's language (CLDR); the code itself where CLDR knows none."""
    return str(_territories(locale()).get(code, code))


@lru_cache
def _territories(language: str) -> Mapping[str, str]:
    return Locale.parse(language).territories


def several(names: list[str]) -> str:
    """Names as one speaks them: A, B and C."""
    return format_list(names, locale=locale())


def delivery_words(delivery: tuple[int, int] | None) -> str:
    """How long an order takes; empty where that is not known."""
    if delivery is None:
        return ""
    earliest, latest = delivery
    if earliest == latest:
        return ngettext("%(days)d working day", "%(days)d working days", latest) % {"days": latest}
    return _("%(earliest)d to %(latest)d working days") % {"earliest": earliest, "latest": latest}


def delivery_dates(delivery: tuple[int, int], start: date) -> tuple[date, date]:
    """The days between which an order that is paid on `start` arrives. Saturdays and Sundays do not count."""
    return _after(start, delivery[0]), _after(start, delivery[1])


def _after(start: date, working_days: int) -> date:
    while working_days > 0:
        start += timedelta(days=1)
        working_days -= start.weekday() < SATURDAY
    return start
