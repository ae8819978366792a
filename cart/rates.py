"""The tax rates of the EU's member states as data, each with the days it is in force. Staff edit their copy of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from shop.models import TaxClass

# https://taxation-customs.ec.europa.eu/taxation/vat/vat-directive/vat-rates_en and the database TEDB it names:
# country: standard, reduced, second reduced, super-reduced, in percent. Of two reduced rates the lower one comes first,
# as in the Commission's own tables; a dash where the state has none. Which goods a state taxes at a reduced rate
# differs from state to state: a product's tax class has to suit every country it is sold to.
IN_FORCE_FROM = date(2025, 8, 1)
RATES = """
AT 20   10  13   -
BE 21   6   12   -
BG 20   9   -    -
HR 25   5   13   -
CY 19   5   9    3
CZ 21   12  -    -
DK 25   -   -    -
EE 24   9   13   -
FI 25.5 10  14   -
FR 20   5.5 10   2.1
DE 19   7   -    -
GR 24   6   13   -
HU 27   5   18   -
IE 23   9   13.5 4.8
IT 22   5   10   4
LV 21   5   12   -
LT 21   5   9    -
LU 17   8   14   3
MT 18   5   7    -
NL 21   9   -    -
PL 23   5   8    -
PT 23   6   13   -
RO 21   11  -    -
SK 23   5   19   -
SI 22   5   9.5  -
ES 21   10  -    4
SE 25   6   12   -
"""

# Changes since: from this day on the country has this rate for this class.
CHANGES = (
    (date(2026, 1, 1), "FI", TaxClass.SECOND_REDUCED, "13.5"),
    (date(2026, 1, 1), "LT", TaxClass.SECOND_REDUCED, "12"),
)
CLASSES = (TaxClass.STANDARD, TaxClass.REDUCED, TaxClass.SECOND_REDUCED, TaxClass.SUPER_REDUCED)


@dataclass(frozen=True)
class KnownRate:
    """A rate in percent of a class in a country, and the first day it is in force."""

    country: str
    tax_class: TaxClass
    rate: Decimal
    valid_from: date


def known_rates() -> Iterator[KnownRate]:
    """Every rate, the older of a class before the newer."""
    for row in RATES.split("\n"):
        country, *rates = row.split() or [""]
        for tax_class, rate in zip(CLASSES, rates, strict=bool(rates)):
            if rate != "-":
                yield KnownRate(country, tax_class, Decimal(rate), IN_FORCE_FROM)
    for day, country, tax_class, rate in CHANGES:
        yield KnownRate(country, tax_class, Decimal(rate), day)


def countries() -> list[str]:
    """The member states."""
    return sorted({rate.country for rate in known_rates()})
