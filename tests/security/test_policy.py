"""The Content-Security-Policy of ordinary answers is that of the settings; some pages have one of their own."""

import pytest
from django.conf import settings
from django.test import Client


def directives(client: Client, path: str) -> dict[str, list[str]]:
    header = client.get(path).headers["Content-Security-Policy"]
    return {name: values for name, *values in (part.split() for part in header.split(";"))}


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/help/", "/robots.txt", "/no/such-page/", "/admin/login/"])
def test_pages_have_the_policy_of_the_settings(client: Client, path: str) -> None:
    assert directives(client, path) == settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
