"""How templates write amounts and numbers: `{{ amount|money:currency }}`, `{{ 17|percent }}`, `{{ 1000|number }}`."""

from decimal import Decimal

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
    digits = str(count) if count < 1000 else format_decimal(count, locale=locale())
    return digits + ("+" if is_least else "")


@register.filter
def percent(hundredths: int) -> str:
    """Such as 17%."""
    return format_percent(Decimal(hundredths) / 100, locale=locale())
