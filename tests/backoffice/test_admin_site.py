"""The admin's frame."""

from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_the_admin_bears_the_shops_name(admin_client: Client, settings: Any) -> None:
    page = admin_client.get("/admin/").content.decode()
    header = page.split('id="site-name"')[1].split("</div>")[0]
    assert settings.SHOP_NAME in header
    assert "Django administration" not in page
