"""How templates speak of a quote: `{{ quote.delivery|delivery }}`."""

from django import template

from cart.pricing import delivery_words

register = template.Library()


@register.filter
def delivery(days: tuple[int, int] | None) -> str:
    """How long an order takes, such as 2 to 3 working days; nothing where that is not known."""
    return delivery_words(days)
