"""The admin's first page: `{% dashboard %}`."""

from typing import Any

from django import template

from backoffice.dashboard import board_for

register = template.Library()


@register.inclusion_tag("backoffice/_dashboard.html", takes_context=True)
def dashboard(context: template.Context) -> dict[str, Any]:
    """What the signed-in member of staff may see of it."""
    return {"board": board_for(context["request"].user), "perms": context["perms"]}
