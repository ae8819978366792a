"""Prices change here and nowhere else: each change of a variant's price writes its PriceChange."""

from decimal import Decimal

from django.conf import settings
from django.db import transaction

from .models import PriceChange, Variant
from .money import round_money


def set_price(variant_id: int, price: Decimal) -> bool:
    """Set the price, rounded to what can be charged in the shop's currency; say whether that changed it.

    A second call with the same price changes nothing. Raises Variant.DoesNotExist.
    """
    price = round_money(price, settings.SHOP_CURRENCY)
    with transaction.atomic():
        variant = Variant.objects.select_for_update().get(pk=variant_id)
        if variant.price == price and variant.price_changes.exists():
            return False
        Variant.objects.filter(pk=variant_id).update(price=price)
        PriceChange.objects.create(variant=variant, price=price)
    return True
