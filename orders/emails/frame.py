"""How a mail's HTML is shown in a frame of a page: under a policy of its own, since it brings its styles along."""

import re

from csp.constants import NONE, SELF, UNSAFE_INLINE

# Nothing runs. Its links open outside the frame, where the shop's own rules hold.
MAIL_POLICY = {
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "img-src": ["data:", SELF],
    "frame-ancestors": [SELF],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}
LINKS_OUTSIDE = '<base target="_blank">'


def framed(html: str) -> str:
    """The mail, its links told to open outside the frame."""
    found, heads = re.subn(r"<head\b[^>]*>", lambda head: head[0] + LINKS_OUTSIDE, html, count=1, flags=re.IGNORECASE)
    return found if heads else LINKS_OUTSIDE + html
