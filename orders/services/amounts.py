"""Amounts to be paid: what can be charged at all, and an order of an amount that no goods stand for."""

from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from cart.pricing.taxes import rates_for, tax_of
from orders.models import LineItem, Order
from shop.models import TaxClass
from shop.money import format_money, maximum_charge, minimum_charge, quantum

from .recording import Customer, announce, columns_of


class CannotCharge(Exception):
    """No order can have this amount. Says why."""


def why_not_charged(total: Decimal) -> str:
    """Why this total, in the shop's currency, cannot be charged; empty when it can. Nothing to pay is fine."""
    currency = settings.SHOP_CURRENCY
    least, most = minimum_charge(currency), maximum_charge(currency)
    if 0 < total < least:
        return _("The smallest order we can charge is %s.") % format_money(least, currency)
    if total > most:
        return _("The largest order we can charge is %s. Please call us.") % format_money(most, currency)
    if total % quantum(currency):
        return _("Amounts go in steps of %s.") % format_money(quantum(currency), currency)
    return ""


@transaction.atomic
def place_amount(customer: Customer, amount: Decimal, *, title: str) -> Order:
    """Make an order of one line called `title`: no stock, no shipping, the standard tax rate of the shop's country.

    `amount` is what is to be paid, tax included, in the shop's currency. Raises CannotCharge. A second call is a
    second order: callers keep a row of their own that is unique.
    """
    why = why_not_charged(amount) or (_("There is nothing to pay.") if not amount else "")
    if why:
        raise CannotCharge(why)
    rate = rates_for(settings.SHOP_COUNTRY).of(TaxClass.STANDARD)
    tax = tax_of(amount, rate, settings.SHOP_CURRENCY, included=True)
    order = Order.objects.create(
        currency=settings.SHOP_CURRENCY,
        subtotal=amount,
        tax=tax,
        total=amount,
        prices_include_tax=True,
        nothing_to_ship=True,
        **columns_of(customer),
    )
    LineItem.objects.create(
        order=order,
        name=title,
        quantity=1,
        unit_price=amount,
        subtotal=amount,
        total=amount,
        tax_class=TaxClass.STANDARD,
        tax_rate=rate,
        tax=tax,
    )
    announce(order, actor=customer.actor)
    return order
