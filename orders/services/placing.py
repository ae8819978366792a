"""From the cart to the order: placed once, with its stock, or not at all. No network call is made."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import CharField, Q

from background.inserting import insert
from background.prepared import Given, Prepared
from cart import coupons, services as carts
from cart.models import Cart, ShippingMethod
from cart.pricing import CustomerFacts, Quote, quote
from orders.models import LineItem, Order
from shop import stock
from shop.stock import OutOfStock

from .recording import Customer, announce, columns_of

IS_PLACED_BY = Q(placement=Given("placement", CharField())) & ~Q(placement="")
IS_PENDING_OF = Q(status=Order.Status.PENDING, cart_key=Given("cart", CharField())) & ~Q(cart_key="")
# Each has an index of its own, whose condition it names, so that a plan for any value uses it.
_placed = Prepared(lambda: Order.objects.filter(IS_PLACED_BY), planned_once=True)
_pending = Prepared(lambda: Order.objects.filter(IS_PENDING_OF), planned_once=True)
_earlier = Prepared(lambda: Order.objects.filter(IS_PLACED_BY | IS_PENDING_OF), planned_once=True)


class QuoteChanged(Exception):
    """The total is no longer the one that the shopper agreed to."""


class CannotPlace(Exception):
    """The cart cannot become an order: it is empty, short of stock, or not served."""


class PendingOrderDiffers(Exception):
    """Another order of this cart still awaits payment; it has to end first."""

    def __init__(self, order: Order) -> None:
        super().__init__(order.number)
        self.order = order


def place_order(
    cart: Cart, customer: Customer, *, fingerprint: str, token: str = "", today: Quote | None = None
) -> Order:
    """Make the order of this cart, its stock reserved. Amounts are in the shop's currency.

    `fingerprint` is that of the quote which the shopper saw: QuoteChanged is raised where it differs from today's,
    which is made here unless the caller has made it just now. CannotPlace: nothing to sell. OutOfStock: somebody was
    faster. A second call, even at the same moment, returns the same order; with the form's `token` also after that
    order was paid or has ended. With another quote or address it raises PendingOrderDiffers.
    """
    agreed = today or quote_for(cart, customer.address)
    placement, sent = _placement(customer, fingerprint, token), _fingerprint(fingerprint, customer)
    known, pending = _earlier_orders(cart, placement)
    if known:
        return known
    repeated = pending is not None and pending.fingerprint == sent
    if agreed.fingerprint != fingerprint and not repeated:  # what a pending order agreed to stands
        raise QuoteChanged
    if pending is None:  # a continued order holds its units already
        _must_be_sellable(agreed)
        try:
            with transaction.atomic():
                return _create(cart, customer, agreed, token=token)
        except coupons.CouponGone as error:  # the next quote is without it, and says why
            raise QuoteChanged from error
        except IntegrityError:  # a second click was faster: its order is ours
            known, pending = _earlier_orders(cart, placement)
            if known:
                return known
            if pending is None:
                raise
    if pending.fingerprint != sent or not pending.is_payable:
        raise PendingOrderDiffers(pending)
    return pending


def _earlier_orders(cart: Cart, placement: str) -> tuple[Order | None, Order | None]:
    """(the order that the form made when it was sent before, the order of the cart that awaits payment). One query."""
    orders = _earlier(placement=placement, cart=cart.key)
    known = next((order for order in orders if placement and order.placement == placement), None)
    return known, next((order for order in orders if order.status == Order.Status.PENDING), None)


def placed_before(customer: Customer, *, fingerprint: str, token: str) -> Order | None:
    """The order that this form made when it was sent before, whatever became of it since; None the first time.

    Another address or another quote is another form, even with the same token.
    """
    return _placed.first(placement=_placement(customer, fingerprint, token)) if token else None


def _placement(customer: Customer, fingerprint: str, token: str) -> str:
    sent = f"{token} {_fingerprint(fingerprint, customer)}"
    return hashlib.sha256(sent.encode()).hexdigest() if token else ""


def quote_for(cart: Cart, address: Mapping[str, Any], *, methods: Sequence[ShippingMethod] | None = None) -> Quote:
    """The quote of a cart for whoever gives this address: what is asked of customers is asked of this one."""
    email = address.get("email") or ""
    facts = CustomerFacts(email, Order.objects.paid_by(email).count()) if email and cart.coupon_codes else None
    place = {"country": address.get("country") or "", "region": address.get("region") or ""}
    return quote(cart, **place, customer=facts, methods=methods)


def pending_order(cart: Cart) -> Order | None:
    """The order of this cart that awaits its payment, if there is one."""
    return _pending.first(cart=cart.key)


def _must_be_sellable(agreed: Quote) -> None:
    if agreed.is_empty or agreed.is_too_large or not agreed.is_served:
        raise CannotPlace
    for line in agreed.lines:
        if line.is_short:
            raise OutOfStock(line.variant.pk)


def _fingerprint(fingerprint: str, customer: Customer) -> str:
    """Of the quote and of the address together."""
    address = {name: str(value) for name, value in sorted(customer.address.items())}
    return hashlib.sha256(json.dumps([fingerprint, address]).encode()).hexdigest()


def _create(cart: Cart, customer: Customer, agreed: Quote, *, token: str) -> Order:
    """Write the order with all that comes with it. Locks are taken in this order: order, coupons, shelf."""
    order = _order(cart, customer, agreed, token)
    insert(order)
    insert(*_line_items(order, agreed))
    announce(order, actor=customer.actor)
    coupons.claim(agreed, email=order.email, reference=order.number)
    units = {line.variant.pk: line.quantity for line in agreed.lines}
    carts.hold(cart.key, units, order.coupon_codes)
    stock.reserve(units, reference=order.number)  # last: the shelf stays locked until commit
    return order


def _order(cart: Cart, customer: Customer, agreed: Quote, token: str) -> Order:
    earliest, latest = agreed.delivery or (None, None)
    return Order(
        cart_key=cart.key,
        fingerprint=_fingerprint(agreed.fingerprint, customer),
        placement=_placement(customer, agreed.fingerprint, token),
        currency=agreed.currency,
        subtotal=agreed.subtotal,
        discount=agreed.discount,
        shipping=agreed.shipping,
        shipping_name=agreed.shipping_name,
        shipping_tax_rate=agreed.shipping_tax_rate,
        shipping_tax=agreed.shipping_tax,
        prices_include_tax=agreed.prices_include_tax,
        coupon_codes=[coupon.code for coupon in agreed.coupons],
        tax=agreed.tax,
        total=agreed.total,
        delivery_earliest=earliest,
        delivery_latest=latest,
        **columns_of(customer),
    )


def _line_items(order: Order, agreed: Quote) -> list[LineItem]:
    """The lines as they are agreed: names, prices and rates stay when the catalogue moves on."""
    return [
        LineItem(
            order=order,
            variant=line.variant,
            name=line.variant.product.name,
            label=line.variant.label,
            sku=line.variant.sku,
            withdrawal_exclusion=line.variant.product.withdrawal_exclusion,
            unit_price=line.unit_price,
            quantity=line.quantity,
            subtotal=line.subtotal,
            discount=line.discount,
            total=line.total,
            tax_class=line.tax_class,
            tax_rate=line.tax_rate,
            tax=line.tax,
        )
        for line in agreed.lines
    ]
