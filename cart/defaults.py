"""Shipping and tax to start from: the EU's rates, and parcels to it and beyond. Staff edit them in the admin."""

from datetime import timedelta
from decimal import Decimal

from django.db import transaction

from . import rates
from .models import ShippingMethod, ShippingPrice, TaxRate

NEAR = "AT BE DE LU NL".split()
WORLD = "AU CA CH GB JP NO NZ SG US".split()


def load() -> None:
    """Add the rates that are missing, and shipping methods where there are none yet. A second call changes nothing."""
    load_rates()
    if not ShippingMethod.objects.exists():
        load_methods()


@transaction.atomic
def load_rates() -> int:
    """Add the rates that the shop does not have, and end the one before each of them; how many were added.

    What staff changed stays: a country and class that has a rate from that day on, or a later one, is left alone.
    """
    last = {(rate.country, rate.tax_class): rate for rate in TaxRate.objects.filter(region="").order_by("valid_from")}
    added, ended = [], []
    for known in rates.known_rates():
        before = last.get((known.country, known.tax_class))
        if before and before.valid_from >= known.valid_from:
            continue
        if before and (before.valid_until is None or before.valid_until >= known.valid_from):
            before.valid_until = known.valid_from - timedelta(days=1)
            ended.append(before)
        rate = TaxRate(country=known.country, tax_class=known.tax_class, rate=known.rate, valid_from=known.valid_from)
        last[known.country, known.tax_class] = rate
        added.append(rate)
    TaxRate.objects.bulk_update([rate for rate in ended if rate.pk], ["valid_until"])
    TaxRate.objects.bulk_create(added)
    return len(added)


def load_methods() -> None:
    """Parcels to the neighbours, to the rest of the EU and to the world, and an express to the neighbours."""
    far = [country for country in rates.countries() if country not in NEAR]
    _method("Parcel", NEAR, "6.90", free_from="120", days=(2, 3), kilograms={20: "12.90"})
    _method("Parcel abroad", far, "14.90", free_from="240", days=(3, 6), kilograms={10: "19.90", 20: "29.90"})
    world = _method("Parcel worldwide", WORLD, "39.00", days=(6, 12), kilograms={5: "54.00", 10: "79.00", 20: "129.00"})
    ShippingPrice.objects.bulk_create(
        ShippingPrice(method=world, countries="CH GB NO", minimum=grams, price=Decimal(price))
        for grams, price in {0: "19.90", 10_000: "34.90", 20_000: "59.90"}.items()
    )
    _method("Express", NEAR, "12.90", days=(1, 1), kilograms={10: "18.90"}, maximum_weight=20_000)


def _method(
    name: str, countries: list[str], price: str, *, days: tuple[int, int], kilograms: dict[int, str], **more: object
) -> ShippingMethod:
    """A method with its bands: from so many kilograms on, that price."""
    earliest, latest = days
    method = ShippingMethod.objects.create(
        name=name,
        countries=" ".join(countries),
        price=Decimal(price),
        earliest=earliest,
        latest=latest,
        position=ShippingMethod.objects.count() + 1,
        **more,
    )
    ShippingPrice.objects.bulk_create(
        ShippingPrice(method=method, minimum=1000 * kilogram, price=Decimal(band))
        for kilogram, band in kilograms.items()
    )
    return method
