"""What became of an order's money, for the pages of rooms that may not ask this one."""

from dataclasses import dataclass
from decimal import Decimal

from django import template
from django.conf import settings
from django.utils.functional import cached_property

from orders.models import Order, Withdrawal
from payment.models import Payment, Refund

register = template.Library()


@dataclass(frozen=True)
class Money:
    """An order's payments and refunds, in the order's currency."""

    order: Order
    payments: list[Payment]

    @cached_property
    def refunds(self) -> list[Refund]:
        """Refunds that came or are coming, the oldest first."""
        done = Refund.State.FAILED, Refund.State.CANCELED
        every = [refund for payment in self.payments for refund in payment.refunds.all() if refund.state not in done]
        return sorted(every, key=lambda refund: refund.created)

    @property
    def captured(self) -> Decimal:
        return sum((payment.amount for payment in self.payments), Decimal(0))

    @property
    def refunded(self) -> Decimal:
        return sum((refund.amount for refund in self.refunds), Decimal(0))

    @property
    def to_refund(self) -> Payment | None:
        """A payment of which something is left to give back."""
        for payment in self.payments:
            if payment.amount > sum(refund.amount for refund in self.refunds if refund.payment_id == payment.pk):
                return payment
        return None

    @property
    def is_refunded(self) -> bool:
        """Whether all the money went back."""
        return bool(self.payments) and self.refunded >= self.captured


@register.simple_tag
def money_of(order: Order) -> Money:
    """`{% money_of order as money %}`: two queries."""
    return Money(order, list(Payment.objects.filter(order=order).prefetch_related("refunds")))


@register.filter
def stripe_page(payment: Payment) -> str:
    """Where Stripe's dashboard shows a payment; empty where somebody else plays Stripe."""
    mode = "" if payment.livemode else "test/"
    return "" if settings.STRIPE_API_BASE else f"https://dashboard.stripe.com/{mode}payments/{payment.payment_intent}"


@register.simple_tag
def withdrawals_of(order: Order) -> list[Withdrawal]:
    """`{% withdrawals_of order as withdrawals %}`: three queries."""
    return list(order.withdrawals.prefetch_related("lines__line_item"))
