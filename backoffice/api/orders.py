"""Orders that other programs make: once by their reference, whole or not at all. Only this file writes ApiOrder."""

import hashlib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from backoffice.models import ApiKey, ApiOrder
from cart import services as carts
from cart.models import Cart
from cart.pricing import Quote, active_methods, served_countries
from orders import services as orders
from orders.forms import ADDRESS_FIELDS, CheckoutForm
from orders.models import Order
from payment.tasks import process_payment
from shop.letters import MOST_SIGNS, unprintable
from shop.models import Variant
from shop.money import to_currency_digits
from shop.stock import OutOfStock

from .schemas import Item, NewOrder


class ReferenceTaken(Exception):
    """The reference is that of an order which was asked for with another body."""


class Refused(Exception):
    """What was asked cannot be an order: field, as in the body -> why."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(", ".join(problems))
        self.problems = problems


def create(key: ApiKey, wanted: NewOrder) -> tuple[ApiOrder, bool]:
    """Make the order, and owe its mail; (the order, whether this call made it).

    The same reference with the same content is the same order, also at the same moment; with another content it
    raises ReferenceTaken. Raises Refused for what cannot be sold or charged, and then nothing was made.
    """
    known = _known(key, wanted)
    if known:
        return known, False
    try:
        with transaction.atomic():
            return _create(key, wanted), True
    except IntegrityError:  # the same request at the same moment was faster
        known = _known(key, wanted)
        if known is None:
            raise
        return known, False


def _known(key: ApiKey, wanted: NewOrder) -> ApiOrder | None:
    known = ApiOrder.objects.select_related("order").filter(key=key, reference=wanted.order_id).first()
    if known and known.body_hash != _content(wanted):
        raise ReferenceTaken
    return known


def _content(wanted: NewOrder) -> str:
    """A hash of what was asked; 150 and 150.00 are the same amount, and a default is the same as its absence."""
    plain = wanted.model_copy(update={"total_amount": wanted.total_amount.quantize(Decimal("0.001"))})
    return hashlib.sha256(plain.model_dump_json(exclude_defaults=True).encode()).hexdigest()


def _create(key: ApiKey, wanted: NewOrder) -> ApiOrder:
    """The reference first: who asks for the same at the same moment waits here, and not for the last bottle."""
    made = ApiOrder.objects.create(
        key=key, reference=wanted.order_id, customer_reference=wanted.user_id, body_hash=_content(wanted)
    )
    language = wanted.language or settings.LANGUAGE_CODE
    with translation.override(language):
        customer = orders.Customer(
            _address(wanted), language, age_confirmed=wanted.age_confirmed, actor=f"API: {key.name}"
        )
        made.order = _priced(wanted, customer) if wanted.items else _of_amount(wanted, customer)
    made.save(update_fields=["order"])
    process_payment.nudge_on_commit(made.order.pk)
    return made


def _of_amount(wanted: NewOrder, customer: orders.Customer) -> Order:
    """Its line on the invoice is the reference."""
    if signs := unprintable(wanted.order_id):
        raise Refused({"orderId": f"cannot be printed on the invoice: {signs[:MOST_SIGNS]}"})
    try:
        return orders.place_amount(customer, wanted.total_amount, title=_("Order %s") % wanted.order_id)
    except orders.CannotCharge as error:
        raise Refused({"totalAmount": str(error)}) from error


def _priced(wanted: NewOrder, customer: orders.Customer) -> Order:
    """Through a cart, as shoppers buy: so prices, stock, limits, shipping and tax are those of the shop."""
    cart = _cart(wanted.items or [])
    agreed = orders.quote_for(cart, customer.address)
    problems = dict(_problems(agreed, wanted))
    if problems:
        raise Refused(problems)
    try:
        return orders.place_order(cart, customer, fingerprint=agreed.fingerprint, today=agreed)
    except (orders.QuoteChanged, orders.CannotPlace, OutOfStock) as error:
        raise Refused({"items": "were sold or changed at this moment: ask again"}) from error


def _problems(agreed: Quote, wanted: NewOrder) -> Iterator[tuple[str, str]]:
    if not agreed.is_served:
        yield "address.country", agreed.why_not_served
    elif agreed.is_too_large:
        yield "items", " ".join(rule.text for rule in agreed.rules if not rule.applied)
    elif agreed.total != wanted.total_amount:
        yield "totalAmount", _sum(agreed)
    elif orders.why_not_charged(agreed.total):
        yield "totalAmount", orders.why_not_charged(agreed.total)


def _sum(agreed: Quote) -> str:
    """What the total is, and of what."""
    parts = {"goods": agreed.subtotal - agreed.discount, "shipping": agreed.shipping}
    if not agreed.prices_include_tax:
        parts["tax"] = agreed.tax
    said = ", ".join(f"{name} {to_currency_digits(amount, agreed.currency)}" for name, amount in parts.items())
    return f"is {to_currency_digits(agreed.total, agreed.currency)} {agreed.currency} by the shop's prices: {said}"


def _cart(items: list[Item]) -> Cart:
    """A cart with these items. Raises Refused, naming each that cannot be had."""
    skus = [item.sku for item in items]
    found = {variant.sku: variant for variant in Variant.objects.sellable().filter(sku__in=skus)}
    cart, problems = Cart.objects.create(), {}
    for place, item in enumerate(items):
        if item.sku not in found:
            problems[f"items.{place}.sku"] = "is not sold here"
        elif item.sku in skus[:place]:
            problems[f"items.{place}.sku"] = "stands there twice"
        else:
            most = _put(cart, found[item.sku], item.quantity)
            if most < item.quantity:
                problems[f"items.{place}.quantity"] = f"is more than can be had now: {most}"
    if problems:
        raise Refused(problems)
    return cart


def _put(cart: Cart, variant: Variant, quantity: int) -> int:
    """Put units into the cart; how many are in it then."""
    try:
        return carts.add(cart, variant, quantity)[1]
    except (OutOfStock, carts.LimitReached):
        return 0


def _address(wanted: NewOrder) -> dict[str, Any]:
    """The columns of an order's address. Raises Refused for one that the checkout form would refuse."""
    contact = {"email": wanted.customer_email, "country": settings.SHOP_COUNTRY}
    if wanted.address is None:
        return dict.fromkeys(ADDRESS_FIELDS, "") | contact
    typed = {"age_confirmed": True, **contact, **wanted.address.model_dump()}
    form = CheckoutForm(typed, countries=served_countries(active_methods()))
    if not form.is_valid():
        raise Refused({_named(name): str(errors[0]) for name, errors in form.errors.items()})
    return form.address


def _named(field: str) -> str:
    """A field of the checkout form as it is called in the body."""
    return {"email": "customerEmail", "full_name": "address.fullName"}.get(field, f"address.{field}")
