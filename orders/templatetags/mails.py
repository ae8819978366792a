"""What layouts of mails need beyond Django's own filters."""

import re

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from orders.sentences import in_language

register = template.Library()
register.filter(in_language)


@register.filter(is_safe=True)
def one_line(words: str) -> str:
    """Words without line breaks, and without spaces around them."""
    return " ".join(words.split())


@register.filter
def paragraphs(words: SafeString) -> SafeString:
    """Words that a template has rendered already, each part between empty lines as a paragraph of HTML."""
    parts = re.split(r"\n\s*\n", words.strip())
    return format_html_join("\n", "<p>{}</p>", ((SafeString(part),) for part in parts))
