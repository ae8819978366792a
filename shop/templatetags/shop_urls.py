"""The same page in other languages."""

from django import template
from django.conf import settings
from django.utils.translation import gettext, override

from shop import languages

register = template.Library()


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
