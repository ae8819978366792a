"""What can be read on a page."""

from typing import Any

from django.utils.html import strip_tags


def words_of(response: Any) -> str:
    """The page without its tags, each run of spaces as one."""
    assert response.status_code in {200, 404}, response.status_code
    return " ".join(strip_tags(response.content.decode()).replace("\xa0", " ").split())
