"""`{% personal "partials/messages.html" %}` includes what each visitor sees differently, in a page that may be kept.

In a kept page the template is drawn for every visitor, and knows of nothing but the request.
"""

from django import template
from django.template.context import RequestContext
from django.template.loader import get_template
from django.utils.safestring import SafeString

from shop import keeping

register = template.Library()


@register.simple_tag(takes_context=True)
def personal(context: RequestContext, name: str) -> SafeString:
    """The template called `name`, or the slot for it while the page is drawn for everybody."""
    if keeping.has_slots(context.get("request")):
        return keeping.slot(name)
    return get_template(name).template.render(context)  # type: ignore[attr-defined]
