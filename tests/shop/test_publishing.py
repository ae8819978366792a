"""A product may be published from a moment on."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from shop.models import Variant
from tests.factories import VariantFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("hours", "status"), [(1, 404), (-1, 200)])
def test_a_product_appears_at_its_time(client: Client, hours: int, status: int) -> None:
    product = VariantFactory(product__published_from=timezone.now() + timedelta(hours=hours)).product
    seen = status == 200
    assert client.get(product.get_absolute_url()).status_code == status
    assert client.get("/").context["page"].paginator.count == seen
    assert product.is_published is Variant.objects.sellable().exists() is seen
