"""How templates write amounts: `{{ amount|money:currency }}` in the page's language."""

from decimal import Decimal

from django import template
from django.utils.translation import get_language

from shop.money import format_money

register = template.Library()


@register.filter
def money(amount: Decimal | None, currency: str) -> str:
    """Such as €46.40; nothing where there is no amount."""
    return "" if amount is None else format_money(amount, currency, get_language() or "en")
