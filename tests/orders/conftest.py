"""The shop's mail server, for tests of mails."""

from collections.abc import Iterator
from typing import Any

import pytest

from .post import Post, post_office


@pytest.fixture
def post(settings: Any) -> Iterator[Post]:
    """The shop's mail server."""
    with post_office() as post:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", post.port
        settings.STAFF_RECIPIENTS = ["staff@example.com"]
        yield post
