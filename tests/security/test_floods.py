"""Who does the same thing again and again from one address has to wait; others go on."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from background.models import Limit
from cart import defaults
from cart.models import Cart
from orders.models import Order
from payment.models import CheckoutAttempt
from tests.checkout import ADDRESS, placed_order
from tests.factories import CouponFactory, VariantFactory

pytestmark = pytest.mark.django_db

ATTACKER, SHOPPER = "203.0.113.7", "198.51.100.1"


@pytest.fixture(autouse=True)
def _rules(db: None) -> None:
    defaults.load()


def must_wait(answer: Any) -> None:
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 3600


def test_92_a_flood_of_payment_pages_is_stopped_for_who_makes_it(client: Client, settings: Any) -> None:
    settings.CHECKOUTS_PER_VISITOR = 3
    orders = [placed_order(VariantFactory()) for _number in range(5)]
    pay = [f"/payment/process/?order={order.token}" for order in orders]
    assert [client.post(url, REMOTE_ADDR=ATTACKER).status_code for url in pay[:3]] == [503] * 3  # Stripe is away
    must_wait(client.post(pay[3], REMOTE_ADDR=ATTACKER))
    assert CheckoutAttempt.objects.count() == 3  # the fourth reached neither Stripe nor a row
    assert client.post(pay[4], REMOTE_ADDR=SHOPPER).status_code == 503
    Limit.objects.update(since=timezone.now() - timedelta(hours=2))
    assert client.post(pay[3], REMOTE_ADDR=ATTACKER).status_code == 503


def checkout(visitor: str) -> Any:
    """A visitor without cookies fills a cart and sends the checkout form."""
    client, variant = Client(REMOTE_ADDR=visitor), VariantFactory()
    client.post(f"/cart/add/{variant.pk}/", {"quantity": 1})
    page = client.get("/orders/create/").content.decode()
    hidden = dict(re.findall(r'type="hidden"\s+name="(fingerprint|token)"\s+value="([^"]*)"', page))
    assert hidden
    return client.post("/orders/create/", ADDRESS | hidden | {"age_confirmed": "on"})


def test_92_a_flood_of_orders_that_keep_stock_is_stopped_too(settings: Any) -> None:
    settings.CHECKOUTS_PER_VISITOR = 2
    assert [checkout(ATTACKER).status_code for _time in range(2)] == [307, 307]
    must_wait(checkout(ATTACKER))
    assert Order.objects.count() == 2
    assert checkout(SHOPPER).status_code == 307


def test_codes_of_coupons_cannot_be_guessed(client: Client, settings: Any) -> None:
    settings.COUPONS_PER_VISITOR = 2
    CouponFactory(code="SECRET")
    client.post(f"/cart/add/{VariantFactory().pk}/", {"quantity": 1})
    answers = [client.post("/cart/coupon/", {"code": f"GUESS{number}"}).status_code for number in range(2)]
    assert answers == [302, 302]
    must_wait(client.post("/cart/coupon/", {"code": "SECRET"}))
    assert Cart.objects.get().coupon_codes == []
