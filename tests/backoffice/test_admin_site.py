"""The admin's frame."""

import re
from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_the_admin_bears_the_shops_name(admin_client: Client, settings: Any) -> None:
    page = admin_client.get("/admin/").content.decode()
    header = page.split('id="site-name"')[1].split("</div>")[0]
    assert settings.SHOP_NAME in header
    assert "Django administration" not in page


def test_orders_come_first_and_the_machinery_last(admin_client: Client) -> None:
    page = admin_client.get("/admin/").content.decode()
    rooms = re.findall(r'<div class="app-(\w+) module', page)
    assert rooms[:3] == ["orders", "payment", "shop"]
    assert set(rooms[-2:]) == {"background", "django_celery_results"}
    models = re.findall(r'<tr class="model-(\w+)', page)
    assert models[0] == "order"
    assert models.index("product") < models.index("attribute")
