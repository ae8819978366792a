"""Whatever is in a cart, Stripe asks for the order's total to the unit: 60 random carts in every run, a thousand in
`make totals`, through Stripe's own library and the sandbox."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.db import transaction
from django.test import override_settings
from hypothesis import HealthCheck, Phase, strategies as st

from cart import defaults, services as carts
from cart.models import Cart, Coupon, ShippingMethod
from orders.models import Order
from payment import gateway
from payment.services.checkout import session_parameters
from shop.models import Product, TaxClass, Variant
from shop.money import maximum_charge, minimum_charge, to_minor
from tests.checkout import place
from tests.factories import CouponFactory, VariantFactory

from .inside import InsideSandbox

pytestmark = pytest.mark.django_db

CARTS = 60
COUNTRIES = ["DE", "FR", "AT", "IE", "CH", "GB", "US", "JP"]

carts_of_any_kind = st.fixed_dictionaries(
    {
        "settings": st.fixed_dictionaries(
            {
                "SHOP_CURRENCY": st.sampled_from(["EUR", "EUR", "JPY", "KWD", "ISK"]),
                "SHOP_PRICES_INCLUDE_TAX": st.booleans(),
                "SHOP_EXPORTS_WITHOUT_TAX": st.booleans(),
            }
        ),
        "country": st.sampled_from(COUNTRIES),
        "lines": st.lists(
            st.tuples(
                st.decimals(min_value=0, max_value=900, places=3),
                st.integers(1, 12),
                st.sampled_from(TaxClass.values),
            ),
            min_size=1,
            max_size=6,
        ),
        "coupons": st.lists(
            st.tuples(st.sampled_from(Coupon.Kind.values), st.decimals(min_value="0.5", max_value=100, places=2)),
            max_size=3,
        ),
        "method": st.integers(0, 3),
    }
)


def an_order(drawn: dict[str, Any], variants: Sequence[Variant]) -> Order:
    """The order of a cart as it was drawn, placed like any other."""
    cart = Cart.objects.create()
    for variant, (price, quantity, tax_class) in zip(variants, drawn["lines"], strict=False):
        Product.objects.filter(pk=variant.product_id).update(tax_class=tax_class)
        Variant.objects.filter(pk=variant.pk).update(price=price)
        carts.add(cart, Variant.objects.get(pk=variant.pk), quantity)
    for kind, value in drawn["coupons"]:
        carts.enter_coupon(cart, CouponFactory(kind=kind, value=value, stackable=True).code)
    methods = list(ShippingMethod.objects.all())
    Cart.objects.filter(pk=cart.pk).update(method=str(methods[drawn["method"]].pk))
    return place(Cart.objects.get(pk=cart.pk), country=drawn["country"])


@pytest.fixture
def compare(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch, nudges: list[Any]
) -> Iterator[Callable[..., Counter[str]]]:
    """Compares so many random carts, and counts their kinds."""
    sandbox = InsideSandbox(tmp_path / "stripe.sqlite3")
    settings.STRIPE_API_BASE = sandbox.url
    client = sandbox.stripe_client("sk_test_suite")
    monkeypatch.setattr(gateway, "_client", lambda key, base, **options: client)
    defaults.load()
    variants = [VariantFactory(stock=99) for _line in range(6)]
    seen: Counter[str] = Counter()

    def one(drawn: dict[str, Any]) -> None:
        order = an_order(drawn, variants)
        if not minimum_charge(order.currency) <= order.total <= maximum_charge(order.currency):
            seen["not charged"] += 1
            return
        seen["discounted" if order.discount else "undiscounted"] += 1
        seen["tax on top"] += not order.prices_include_tax and order.tax > 0
        must_be_the_same(order, key=f"{sum(seen.values())}")

    def many(count: int, **options: Any) -> Counter[str]:
        @hypothesis.settings(max_examples=count, deadline=None, suppress_health_check=list(HealthCheck), **options)
        @hypothesis.given(carts_of_any_kind)
        def any_cart(drawn: dict[str, Any]) -> None:
            point = transaction.savepoint()
            try:
                with override_settings(**drawn["settings"]):
                    one(drawn)
            finally:
                transaction.savepoint_rollback(point)

        any_cart()
        return seen

    yield many
    sandbox.stop()


def must_be_the_same(order: Order, *, key: str) -> None:
    """What Stripe adds up of the lines that it is sent is the order's total."""
    parameters = session_parameters(order, key, int(order.expires_at.timestamp()))
    session = gateway.create_session(parameters, idempotency_key=key)
    assert session.amount == to_minor(order.total, order.currency)
    assert session.currency == order.currency


def test_stripes_total_is_ours_for_any_cart(compare: Callable[..., Counter[str]]) -> None:
    profile = hypothesis.settings.get_current_profile_name()
    seen = compare(hypothesis.settings().max_examples if profile == "totals" else CARTS)
    print(f"{sum(seen.values()) - seen['tax on top']} carts: {dict(seen)}")
    assert seen["discounted"]
    assert seen["tax on top"]


def test_a_line_sent_short_by_a_cent_is_found(
    compare: Callable[..., Counter[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    original = gateway.create_session

    def a_cent_less(parameters: Any, **options: Any) -> gateway.Session:
        data = parameters["line_items"][-1]["price_data"]
        data["unit_amount"] = max(0, data["unit_amount"] - 1)
        return original(parameters, **options)

    monkeypatch.setattr(gateway, "create_session", a_cent_less)
    with pytest.raises(AssertionError):
        compare(CARTS, phases=[Phase.generate], database=None, report_multiple_bugs=False)
