"""Removes the demo catalogue, and the trial orders that were made with it."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from cart import coupons
from cart.models import Cart
from orders.models import Order, Shipment
from payment.models import CheckoutAttempt, Dispute, Payment, Refund, RefundLine, StripeEvent
from shop import demo, stock


class Command(BaseCommand):
    help = "Remove the demo products and every trial order. Refuses once real orders exist."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        if has_real_orders():
            raise CommandError("This shop has real orders: nothing was removed. Unpublish the demo products instead.")
        orders = Order.objects.count()
        for number in Order.objects.values_list("number", flat=True):
            stock.release(stock.held_for(number), reference=number)
        for rows in (RefundLine, Refund, Dispute, Payment, CheckoutAttempt, StripeEvent, Shipment, Order, Cart):
            rows.objects.all().delete()
        coupons.forget_uses()
        demo.remove()
        self.stdout.write(f"Removed the demo products and {orders} trial orders.")


def has_real_orders() -> bool:
    """Whether any order may be more than a trial: one with a live payment, or any at all in a shop with a live key."""
    if settings.STRIPE_LIVEMODE:
        return Order.objects.exists()
    rows = (Payment, CheckoutAttempt)
    return any(row.objects.filter(livemode=True).exists() for row in rows)
