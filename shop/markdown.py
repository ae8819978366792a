"""Markdown of staff as HTML: an allow-list of marks; everything else, HTML above all, is text."""

from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

# "zero" knows paragraphs and plain text only. Links are checked by the library: no javascript:, no data:.
ALLOWED = (
    "autolink",
    "blockquote",
    "emphasis",
    "entity",
    "escape",
    "heading",
    "hr",
    "link",
    "list",
    "newline",
    "table",
)
_parser = MarkdownIt("zero", {"html": False}).enable([*ALLOWED, "balance_pairs", "fragments_join"])


def to_html(text: str) -> SafeString:
    """`text` as HTML for a page whose title is its h1: the highest heading becomes an h2."""
    tokens = _parser.parse(text)
    headings = [token for token in tokens if token.type in ("heading_open", "heading_close")]
    highest = min((int(token.tag[1]) for token in headings), default=1)
    for token in headings:
        token.tag = f"h{min(6, int(token.tag[1]) - highest + 2)}"
    return mark_safe(_parser.renderer.render(tokens, _parser.options, {}))  # noqa: S308 - the parser escapes
