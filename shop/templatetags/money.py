"""How templates write amounts and numbers: `{{ amount|money:currency }}`, `{{ 17|percent }}`, `{{ 1000|number }}`."""

from decimal import Decimal
from functools import lru_cache

from babel.numbers import format_decimal, format_percent
from django import template

from shop.languages import locale
from shop.money import format_money

register = template.Library()


@register.filter
def money(amount: Decimal | None, currency: str) -> str:
    """Such as €46.40; nothing where there is no amount."""
    return "" if amount is None else format_money(amount, currency)


@register.filter
def number(count: int, is_least: bool = False) -> str:
    """Such as 1,000, or 1,000+ where there may be more; nothing where none is all that is known."""
    if is_least and not count:
        return ""
    digits = str(count) if count < 1000 else _digits(count, locale())
    return digits + ("+" if is_least else "")


@register.filter
def percent(hundredths: int) -> str:
    """Such as 17%."""
    return _percent(hundredths, locale())


@lru_cache(100)  # the same ones again and again, which Babel takes its time for
def _percent(hundredths: int, locale: str) -> str:
    return format_percent(Decimal(hundredths) / 100, locale=locale)


@lru_cache(2000)  # as above
def _digits(count: int, locale: str) -> str:
    return format_decimal(count, locale=locale)
