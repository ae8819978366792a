"""What layouts of mails need beyond Django's own filters."""

import re

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from orders.sentences import in_language

NUMBER = re.compile(r"<[^>]*>|\b[A-Z0-9]+(?:-[A-Z0-9]+)+\b")  # a tag, or a number such as 7K4M-92QX

register = template.Library()
register.filter(in_language)


@register.filter(is_safe=True)
def one_line(words: str) -> str:
    """Words without line breaks, and without spaces around them."""
    return " ".join(words.split())


@register.filter(is_safe=True)
def unbroken(html: SafeString) -> SafeString:
    """HTML that a template has rendered already, where no line ends within the number of an order or a paper."""

    def kept(found: re.Match[str]) -> str:
        return found[0] if found[0].startswith("<") else f'<span class="number">{found[0]}</span>'

    return SafeString(NUMBER.sub(kept, html))


@register.filter
def paragraphs(words: SafeString) -> SafeString:
    """Words that a template has rendered already, each part between empty lines as a paragraph of HTML."""
    parts = re.split(r"\n\s*\n", words.strip())
    return format_html_join("\n", "<p>{}</p>", ((SafeString(part),) for part in parts))
