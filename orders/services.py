"""What can be done with an order: place, mark paid, end. Each is one transaction and makes no network call."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from cart import services as carts
from cart.models import Cart
from cart.pricing import Quote, quote
from shop import sales, stock
from shop.stock import OutOfStock

from . import transitions
from .models import LineItem, Order, OrderEmail, OrderEvent
from .tasks import send_order_confirmation_email, send_order_email

Status = Order.Status
ENDED = frozenset({Status.CANCELED, Status.EXPIRED})


class QuoteChanged(Exception):
    """The total is no longer the one that the shopper agreed to."""


class CannotPlace(Exception):
    """The cart cannot become an order: it is empty, short of stock, or not served."""


class PendingOrderDiffers(Exception):
    """Another order of this cart still awaits payment; it has to end first."""

    def __init__(self, order: Order) -> None:
        super().__init__(order.number)
        self.order = order


@dataclass(frozen=True)
class Customer:
    """Who buys, and where it goes: the checkout form's cleaned fields, named like Order's."""

    address: Mapping[str, Any]
    language: str
    user_id: int | None = None


def place_order(cart: Cart, customer: Customer, *, fingerprint: str) -> Order:
    """Make the order of this cart, its stock reserved. Amounts are in the shop's currency.

    `fingerprint` is that of the quote which the shopper saw: QuoteChanged is raised where it differs from today's.
    CannotPlace: nothing to sell. OutOfStock: somebody was faster. A second call, even at the same moment, returns the
    same order; with another quote or address it raises PendingOrderDiffers.
    """
    agreed = quote(cart, country=customer.address["country"])
    if agreed.fingerprint != fingerprint:
        raise QuoteChanged
    pending = _pending(cart)
    if pending is None:  # a continued order holds its units already
        _must_be_sellable(agreed)
        try:
            with transaction.atomic():
                return _create(cart, customer, agreed)
        except IntegrityError:  # a second click was faster: its order is ours
            pending = _pending(cart)
            if pending is None:
                raise
    if pending.fingerprint != _fingerprint(agreed, customer) or not pending.is_payable:
        raise PendingOrderDiffers(pending)
    return pending


def _pending(cart: Cart) -> Order | None:
    return Order.objects.awaiting_payment().filter(cart_key=cart.key).first()


def _must_be_sellable(agreed: Quote) -> None:
    if agreed.is_empty or not agreed.is_served:
        raise CannotPlace
    for line in agreed.lines:
        if line.is_short:
            raise OutOfStock(line.variant.pk)


def _fingerprint(agreed: Quote, customer: Customer) -> str:
    address = {name: str(value) for name, value in sorted(customer.address.items())}
    return hashlib.sha256(json.dumps([agreed.fingerprint, address]).encode()).hexdigest()


def _create(cart: Cart, customer: Customer, agreed: Quote) -> Order:
    now = timezone.now()
    order = Order.objects.create(
        cart_key=cart.key,
        fingerprint=_fingerprint(agreed, customer),
        customer_id=customer.user_id,
        language=customer.language,
        age_confirmed_at=now if settings.SHOP_MINIMUM_AGE else None,
        currency=agreed.currency,
        subtotal=agreed.subtotal,
        discount=agreed.discount,
        shipping=agreed.shipping,
        shipping_name=agreed.shipping_name,
        tax=agreed.tax,
        total=agreed.total,
        expires_at=now + timedelta(minutes=settings.ORDER_HOLD_MINUTES),
        **customer.address,
    )
    LineItem.objects.bulk_create(
        LineItem(
            order=order,
            variant=line.variant,
            name=line.variant.product.name,
            label=line.variant.label,
            sku=line.variant.sku,
            unit_price=line.unit_price,
            quantity=line.quantity,
            total=line.total,
            tax_rate=line.tax_rate,
            tax=line.tax,
        )
        for line in agreed.lines
    )
    OrderEvent.objects.create(order=order, kind="placed", actor="shopper")
    OrderEmail.objects.create(order=order, kind=OrderEmail.Kind.RECEIVED, to=order.email)
    send_order_confirmation_email.nudge_on_commit(order.pk)
    carts.hold(cart.key, units_of(order))
    stock.reserve(units_of(order), reference=order.number)  # last: the shelf stays locked until commit
    return order


def units_of(order: Order) -> dict[int, int]:
    """Variant id -> units, for every line that has stock."""
    lines = order.line_items.exclude(variant=None).values_list("variant_id", "quantity")
    return {variant_id: quantity for variant_id, quantity in lines if variant_id is not None}


def mark_paid(order: Order, *, actor: str) -> bool:
    """Make a locked order paid: its units leave the cart, sale recorded, receipt owed. False where it was paid before.

    After a cancel or an expiry its units are reserved again. Raises OutOfStock where they are gone: the order stays as
    it is, and the money has to go back.
    """
    if order.status == Status.PAID:
        return False
    if order.status in ENDED:
        stock.reserve(units_of(order), reference=order.number)
    transitions.move(order, Status.PAID, actor=actor)
    carts.take_out(order.cart_key, units_of(order))
    sales.record(order.number, units_of(order), timezone.now())
    owe_email(order, OrderEmail.Kind.RECEIPT)
    return True


def note_return(order_id: int) -> None:
    """Note that the payer came back from the payment page: until Stripe's answer is known nobody is asked to pay."""
    Order.objects.filter(pk=order_id).update(payer_returned_at=timezone.now())


def mark_processing(order: Order, *, actor: str, reason: str = "", attention: str = "") -> None:
    """Note that a locked order's money is on its way, or needs staff: its stock stays. Twice changes nothing.

    After a cancel or an expiry its units are reserved again. Raises OutOfStock where they are gone.
    """
    if order.status in ENDED:
        stock.reserve(units_of(order), reference=order.number)
    if order.status == Status.PENDING or order.status in ENDED:
        transitions.move(order, Status.PROCESSING, actor=actor, reason=reason)
        carts.take_out(order.cart_key, units_of(order))
    if attention and attention not in order.attention:
        transitions.note(order, "attention", actor=actor, attention=attention)


def end(order: Order, into: Status, *, actor: str, reason: str = "") -> bool:
    """Cancel or expire a locked order that was not paid, and release its units. False where it had ended already.

    Callers make sure first that no payment can arrive any more.
    """
    if order.status not in {Status.PENDING, Status.PROCESSING}:
        return False
    transitions.move(order, into, actor=actor, reason=reason)
    carts.hold(order.cart_key, {})
    stock.release(units_of(order), reference=order.number)
    return True


def owe_email(order: Order, kind: OrderEmail.Kind, *, reference: str = "", **facts: str) -> None:
    """Owe the order's customer a mail, and nudge its sending. A second call for the same fact owes nothing more."""
    mail, created = OrderEmail.objects.get_or_create(
        order=order, kind=kind, reference=reference, defaults={"to": order.email, "facts": facts}
    )
    if created:
        send_order_email.nudge_on_commit(mail.pk)
