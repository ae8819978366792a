"""Links that keep what the address already says, `{% with_query page=2 %}`, and the same page in other languages."""

from typing import Any

from django import template
from django.conf import settings
from django.template.context import RequestContext
from django.utils.translation import gettext, override

from shop import languages

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


@register.filter
def alternates(path: str) -> list[tuple[str, str]]:
    """(language, path) of the same page in every language, and x-default for who reads none of them."""
    found = languages.alternates(path)
    return [*found.items(), ("x-default", found[settings.LANGUAGE_CODE])] if found else []


@register.filter
def in_its_language(version: languages.Version) -> str:
    """The words of a link to this page in another language, in that language."""
    with override(version.code):
        return gettext("This page in English")
