"""The admin's frame."""

import re
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils.html import strip_tags

from cart import defaults
from orders.models import Order
from tests.checkout import placed_order

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


class TestDates:
    """The years, months and days above a list, from the first to the last that there is."""

    @pytest.fixture(autouse=True)
    def _orders(self) -> None:
        defaults.load()
        for moment in (datetime(2025, 11, 3, 12, tzinfo=UTC), datetime(2026, 2, 5, 12, tzinfo=UTC)):
            Order.objects.filter(pk=placed_order().pk).update(created=moment)

    def links(self, client: Client, **narrowed: str) -> list[str]:
        page = client.get("/admin/orders/order/", narrowed).content.decode()
        found = re.search(r'<nav class="toplinks">(.*?)</nav>', page, re.DOTALL)
        return [" ".join(unescape(strip_tags(line)).split()) for line in found[1].split("</a>")][:-1] if found else []

    def test_years_then_months_then_days(self, admin_client: Client) -> None:
        assert self.links(admin_client) == ["2025", "2026"]
        assert self.links(admin_client, created__year="2025") == ["‹ All dates", "November 2025", "December 2025"]
        february = self.links(admin_client, created__year="2026", created__month="2")
        assert february == ["‹ 2026", "February 1", "February 2", "February 3", "February 4", "February 5"]
        assert self.links(admin_client, created__year="2026", created__month="2", created__day="5") == [
            "‹ February 2026"
        ]

    def test_each_leads_to_a_list(self, admin_client: Client) -> None:
        page = admin_client.get("/admin/orders/order/", {"created__year": "2025"})
        assert "?created__month=12&amp;created__year=2025" in page.content.decode()

    def test_a_shop_of_one_year_begins_with_its_months(self, admin_client: Client) -> None:
        Order.objects.update(created=datetime(2026, 2, 5, 12, tzinfo=UTC))
        assert self.links(admin_client) == ["February 2026"]

    def test_without_rows_there_is_nothing_to_choose(self, admin_client: Client) -> None:
        Order.objects.all().delete()
        assert self.links(admin_client) == []

    @pytest.mark.parametrize(
        "odd",
        [
            {"created__year": "2026", "created__month": "2", "created__day": "31"},
            {"created__year": "2026", "created__month": "13"},
            {"created__year": "99999999999"},
            {"created__year": "0"},
            {"created__year": "x"},
            {"created__day": "5"},
        ],
    )
    def test_a_day_that_there_is_not_harms_nothing(self, admin_client: Client, odd: dict[str, str]) -> None:
        assert admin_client.get("/admin/orders/order/", odd).status_code in {200, 302, 400}
