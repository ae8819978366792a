"""The commands of a new shop's first day."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.utils import timezone

from cart import defaults
from cart.models import Coupon, ShippingMethod, TaxRate
from cart.services import enter_coupon
from orders.models import Order
from payment.models import CheckoutAttempt, Payment, StripeEvent
from shop import demo
from shop.models import Product
from tests.checkout import filled_cart, place, placed_order
from tests.factories import CouponFactory, VariantFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def _small_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two wines instead of sixty: drawing takes its time."""
    few = demo.loading.wines()[:2]
    monkeypatch.setattr(demo.loading, "wines", lambda: few)


@pytest.mark.usefixtures("_small_demo")
def test_load_demo_brings_products_shipping_and_tax() -> None:
    call_command("load_demo")
    assert Product.objects.count() == 2
    assert ShippingMethod.objects.exists()
    assert TaxRate.objects.get(country="DE", tax_class="standard").rate == 19


@pytest.mark.usefixtures("_small_demo")
def test_clear_demo_removes_the_demo_and_its_trial_orders_and_nothing_else() -> None:
    call_command("load_demo")
    ours = VariantFactory()
    everywhere = CouponFactory(limit=1)
    cart = filled_cart(ours, quantity=3)
    enter_coupon(cart, everywhere.code)
    place(cart)
    for_the_demo = CouponFactory(product=Product.objects.exclude(pk=ours.product_id)[0])
    order = placed_order(Product.objects.exclude(pk=ours.product_id)[0].variants.all()[0])
    attempt = {"idempotency_key": "key", "parameters": {}, "expires_at": order.expires_at}
    CheckoutAttempt.objects.create(order=order, **attempt)
    call_command("clear_demo")
    assert list(Product.objects.all()) == [ours.product]
    everywhere.refresh_from_db()
    assert everywhere.used == 0
    assert not Coupon.objects.filter(pk=for_the_demo.pk).exists()
    assert not Order.objects.exists()
    ours.refresh_from_db()
    assert (ours.on_hand, ours.reserved) == (10, 0)


@pytest.mark.usefixtures("_small_demo")
def test_a_cleared_demo_does_not_come_back_into_a_shop_with_products() -> None:
    VariantFactory()
    call_command("load_demo", "--if-empty")
    assert Product.objects.count() == 1


@pytest.mark.usefixtures("_small_demo")
def test_clear_demo_refuses_once_real_orders_exist(settings: Any) -> None:
    call_command("load_demo")
    order = placed_order(Product.objects.all()[0].variants.all()[0])
    StripeEvent.objects.create(event_id="evt_1", type="x", livemode=True, payload={})  # ignored: proves no order
    payment = {"amount": 1, "currency": "EUR", "livemode": True, "captured_at": timezone.now()}
    Payment.objects.create(order=order, payment_intent="pi_1", **payment)
    with pytest.raises(CommandError, match="real orders"):
        call_command("clear_demo")
    Payment.objects.all().delete()
    settings.STRIPE_LIVEMODE = True
    with pytest.raises(CommandError, match="real orders"):
        call_command("clear_demo")
    assert (Product.objects.count(), Order.objects.count()) == (2, 1)


def test_the_development_account_exists_in_development_only(settings: Any) -> None:
    defaults.load()
    with pytest.raises(CommandError):
        call_command("dev_staff")
    settings.DEBUG = True
    for _time in range(2):
        call_command("dev_staff")
    assert get_user_model().objects.get().is_superuser
