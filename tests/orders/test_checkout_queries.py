"""Buying takes a fixed number of statements: what each step of the checkout asks of the database."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from cart import defaults
from orders.models import Order
from tests.factories import VariantFactory

from .test_checkout_page import URL, form

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_limits")]


@pytest.fixture
def no_limits(settings: object) -> None:
    settings.CHECKOUTS_PER_VISITOR = 0  # type: ignore[attr-defined]


def test_from_the_bottle_to_the_order(client: Client, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    defaults.load()
    variant = VariantFactory(price=12)
    with django_assert_max_num_queries(5):  # the variant, the cart and its line in a transaction
        client.post(f"/cart/add/{variant.pk}/")
    client.get("/")  # reads the shop's profile, which the process keeps
    with django_assert_max_num_queries(4):  # version, lines, shipping, tax
        assert client.get("/cart/").context["lines"]
    with django_assert_max_num_queries(4):
        assert client.get(URL).context["form_html"]
    answers = form()
    with django_assert_max_num_queries(14):
        assert client.post(URL, answers).status_code == 307
    assert Order.objects.exists()
