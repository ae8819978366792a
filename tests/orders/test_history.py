"""An order's history, kept in English and read by staff in their language."""

import ast
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from cart import defaults
from orders import history, services, transitions
from orders.emails import again
from orders.models import Order, OrderEmail, OrderEvent
from payment.models import Payment
from payment.services import request_refund, settlement
from shop.actors import who
from tests.checkout import paid_order

ROOT = Path(__file__).resolve().parents[2]


def written_kinds() -> Iterator[str]:
    """Every kind that the code writes into a history as it stands."""
    for room in ("orders", "payment"):
        for path in (ROOT / room).rglob("*.py"):
            for call in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)):
                name = getattr(call.func, "attr", getattr(call.func, "id", ""))
                given = call.args[1:2] if name == "note" else []
                if name == "OrderEvent" or (name == "create" and "events" in ast.unparse(call.func)):
                    given = [keyword.value for keyword in call.keywords if keyword.arg == "kind"]
                yield from (str(kind.value) for kind in given if isinstance(kind, ast.Constant))


def test_every_kind_has_its_words() -> None:
    kinds = set(written_kinds())
    assert len(kinds) > 15
    made = {*Order.Status, "refund failed", "refund canceled"} - {Order.Status.PENDING}
    assert set(history.KINDS) == kinds | {str(kind) for kind in made}


@pytest.mark.parametrize(
    ("kind", "reason", "told"),
    [
        ("corrected", "email, city", "адрес электронной почты, город"),
        ("mail again", "receipt: kim@example.com", "платёж получен, на адрес kim@example.com"),
        ("mail again", "payment received to kim@example.com", "payment received to kim@example.com"),
        ("refunded", "12.00 EUR: paid twice", "12.00 EUR: оплачено дважды"),
        ("refunded", "12.00 EUR: by hand: twice", "12.00 EUR: by hand: twice"),
        ("coupon", "TEN is used beyond its limit: paid after the end", "TEN использован сверх лимита: оплачено после"),
        ("shipped", "DHL 0034: 2 × Rioja: Crianza", "DHL 0034: 2 × Rioja: Crianza"),
        ("corrected", "", ""),
    ],
)
def test_reasons_are_read_in_russian(kind: str, reason: str, told: str) -> None:
    with translation.override("ru"):
        assert history.why(OrderEvent(kind=kind, reason=reason)).startswith(told)


def test_what_has_no_name_stays_as_it_is() -> None:
    with translation.override("ru"):
        assert history.what(OrderEvent(kind="declined")) == "declined"
        assert [who(name) for name in ("shopper", "anna", "Stripe")] == ["покупатель", "anna", "Stripe"]


@pytest.mark.django_db
def test_staff_read_it_on_the_orders_page_in_the_black_box_and_with_refunds(admin_client: Client) -> None:
    defaults.load()
    order = paid_order()
    Payment.objects.create(
        order=order,
        payment_intent="pi_1",
        session_id="cs_1",
        livemode=False,
        amount=order.total,
        captured_at=timezone.now(),
        currency="EUR",
    )
    with transaction.atomic():
        locked = transitions.lock(order.pk)
        again.send_again(locked, order.emails.get(kind=OrderEmail.Kind.RECEIVED), actor="anna")
        services.correct(locked, {"city": "Bonn"}, actor="anna")
        request_refund(locked, Payment.objects.get(), Decimal(5), reason=settlement.TWICE, actor="shop")
    russian = {"accept-language": "ru"}
    page = admin_client.get(reverse("admin:orders_order_change", args=[order.pk]), headers=russian).content.decode()
    box = admin_client.get(reverse("black_box", args=[order.number]), headers=russian).content.decode()
    for said in ("заказ оформлен", "покупатель", "адрес исправлен", "5.00 EUR: оплачено дважды"):
        assert said in page
        assert said in box
    for english in ("placed", "shopper", "mail again", "paid twice", "corrected"):
        assert f">{english}<" not in re.sub(r"\s*([<>])\s*", r"\1", page)
    refunds = admin_client.get(reverse("admin:payment_refund_changelist"), headers=russian).content.decode()
    payment = reverse("admin:payment_payment_change", args=[Payment.objects.get().pk])
    for shown in (refunds, admin_client.get(payment, headers=russian).content.decode()):
        assert "оплачено дважды" in shown
        assert "магазин" in shown
        assert "paid twice" not in shown
