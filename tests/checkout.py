"""A shopper's way through the services, for tests: fill a cart, place an order."""

from typing import Any

from django.db import transaction
from django.utils.translation import get_language

from cart import services as carts
from cart.models import Cart
from orders import transitions
from orders.models import Order
from orders.services import Customer, mark_paid, place_order, quote_for
from shop.models import Variant

from .factories import VariantFactory

ADDRESS = {
    "email": "kim@example.com",
    "full_name": "Kim Doe",
    "phone": "",
    "address1": "Main Street 1",
    "address2": "",
    "postcode": "10115",
    "city": "Berlin",
    "region": "",
    "country": "DE",
}


def filled_cart(*variants: Variant, quantity: int = 1) -> Cart:
    """A cart with `quantity` of each variant; of a new one with ten units where none is named."""
    cart = Cart.objects.create()
    for variant in variants or [VariantFactory()]:
        carts.add(cart, variant, quantity)
    return cart


def place(cart: Cart, **changes: Any) -> Order:
    """Place the cart's order as the shopper of ADDRESS who has just seen its quote, in the active language."""
    address = ADDRESS | changes
    agreed = quote_for(cart, address)
    return place_order(cart, Customer(address, language=get_language() or "en"), fingerprint=agreed.fingerprint)


def placed_order(*variants: Variant, quantity: int = 1) -> Order:
    """An order that awaits payment."""
    return place(filled_cart(*variants, quantity=quantity))


def pay(order: Order) -> None:
    """Make the order paid, as when Stripe has said so."""
    with transaction.atomic():
        mark_paid(transitions.lock(order.pk), actor="test")
    order.refresh_from_db()


def paid_order(*variants: Variant, quantity: int = 1) -> Order:
    """An order that is paid."""
    order = placed_order(*variants, quantity=quantity)
    pay(order)
    return order
