"""Shoppers learn before they buy where the law gives no right to withdraw."""

import pytest
from django.test import Client
from django.urls import reverse

from cart import defaults
from shop.models import WithdrawalExclusion
from tests.factories import VariantFactory

pytestmark = pytest.mark.django_db


def test_a_product_that_may_be_returned_says_nothing(client: Client) -> None:
    page = client.get(VariantFactory().product.get_absolute_url()).content.decode()
    assert "No right of withdrawal" not in page


@pytest.mark.parametrize("why", WithdrawalExclusion)
def test_an_excluded_product_says_why(client: Client, why: WithdrawalExclusion) -> None:
    product = VariantFactory(product__withdrawal_exclusion=why).product
    page = client.get(product.get_absolute_url()).content.decode()
    assert f"No right of withdrawal: {why.label}." in " ".join(page.split())


def test_checkout_says_so_too(client: Client) -> None:
    defaults.load()
    why = WithdrawalExclusion.MADE_TO_ORDER
    excluded, other = VariantFactory(product__withdrawal_exclusion=why), VariantFactory()
    for variant in (excluded, other):
        client.post(reverse("cart:cart_add", args=[variant.pk]), {"quantity": 1})
    page = client.get(reverse("orders:order_create")).content.decode()
    assert other.product.name in page
    assert " ".join(page.split()).count(f"No right of withdrawal: {why.label}.") == 1
