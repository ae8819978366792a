"""Shipping and tax to start from: the member states of the EU. Staff edit them in the admin."""

from datetime import date
from decimal import Decimal

from .models import ShippingMethod, TaxRate

# Standard rates in percent, https://taxation-customs.ec.europa.eu/taxation/vat/vat-directive/vat-rates_en
EU_STANDARD_RATES = {
    "AT": "20", "BE": "21", "BG": "20", "HR": "25", "CY": "19", "CZ": "21", "DK": "25", "EE": "24", "FI": "25.5",
    "FR": "20", "DE": "19", "GR": "24", "HU": "27", "IE": "23", "IT": "22", "LV": "21", "LT": "21", "LU": "17",
    "MT": "18", "NL": "21", "PL": "23", "PT": "23", "RO": "21", "SK": "23", "SI": "22", "ES": "21", "SE": "25",
}  # fmt: skip
RATES_FROM = date(2025, 8, 1)
NEAR = ("DE", "AT", "BE", "LU", "NL")


def load() -> None:
    """Add the rates and two shipping methods where there are none yet. A second call changes nothing."""
    if not TaxRate.objects.exists():
        TaxRate.objects.bulk_create(
            TaxRate(country=country, rate=Decimal(rate), valid_from=RATES_FROM)
            for country, rate in EU_STANDARD_RATES.items()
        )
    if not ShippingMethod.objects.exists():
        far = [country for country in EU_STANDARD_RATES if country not in NEAR]
        ShippingMethod.objects.create(
            name="Parcel", countries=" ".join(NEAR), price=Decimal("6.90"), free_from=Decimal(120), position=1
        )
        ShippingMethod.objects.create(
            name="Parcel abroad", countries=" ".join(far), price=Decimal("14.90"), free_from=Decimal(240), position=2
        )
