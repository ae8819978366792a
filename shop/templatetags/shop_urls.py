"""Links that keep what the address already says: `{% with_query page=2 %}`."""

from typing import Any

from django import template
from django.template.context import RequestContext

register = template.Library()


@register.simple_tag(takes_context=True)
def with_query(context: RequestContext, **changes: Any) -> str:
    """The current query string with `changes`, from its question mark on; None or "" takes a parameter away."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        if value in (None, ""):
            query.pop(name, None)
        else:
            query[name] = value
    return f"?{query.urlencode()}"
