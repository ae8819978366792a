"""`{% personal "partials/messages.html" %}` includes what each visitor sees differently, in a page that may be kept.

In a kept page the template is drawn for every visitor, and knows of nothing but the request.
"""

from django import template
from django.template.context import RequestContext
from django.utils.safestring import SafeString

from shop import keeping

register = template.Library()


@register.simple_tag(takes_context=True)
def personal(context: RequestContext, name: str) -> SafeString:
    """The template called `name`, or the slot for it while the page is drawn for everybody."""
    if context.get("has_slots") or keeping.has_slots(context.get("request")):
        return keeping.slot(name)
    return keeping.drawn(name, context)
