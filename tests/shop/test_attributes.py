"""An attribute's slug becomes the first part of addresses, so it may not hide another page."""

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.urls import URLPattern, URLResolver, get_resolver

from shop.models import RESERVED_SLUGS, Attribute


@pytest.mark.parametrize("slug", ["cart", "orders", "payment", "admin", "category", "product", "search", "media", "en"])
@pytest.mark.django_db
def test_reserved_slugs_are_refused(slug: str) -> None:
    with pytest.raises(ValidationError, match="another page"):
        Attribute(name="x", slug=slug).full_clean()


@pytest.mark.django_db
def test_other_slugs_are_welcome() -> None:
    Attribute(name="Region", slug="region").full_clean()


def test_every_first_path_segment_of_the_project_is_reserved() -> None:
    taken = {segment for pattern in get_resolver().url_patterns for segment in first_segments(pattern)}
    assert {"admin", "cart", "product"} <= taken
    assert taken <= RESERVED_SLUGS | {code for code, _name in settings.LANGUAGES}


def first_segments(pattern: URLPattern | URLResolver) -> set[str]:
    """The first segments under which `pattern` answers; patterns that begin with a parameter have none."""
    text = str(pattern.pattern).lstrip("^")
    if not text and isinstance(pattern, URLResolver):
        return {segment for inner in pattern.url_patterns for segment in first_segments(inner)}
    first = text.split("/")[0]
    return {first} if first and first.isidentifier() else set()
