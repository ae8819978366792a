"""How templates write amounts and shares in the page's language: `{{ amount|money:currency }}`, `{{ 17|percent }}`."""

from decimal import Decimal

from babel.numbers import format_percent
from django import template

from shop.languages import locale
from shop.money import format_money

register = template.Library()


@register.filter
def money(amount: Decimal | None, currency: str) -> str:
    """Such as €46.40; nothing where there is no amount."""
    return "" if amount is None else format_money(amount, currency, locale())


@register.filter
def percent(hundredths: int) -> str:
    """Such as 17%."""
    return format_percent(Decimal(hundredths) / 100, locale=locale())
