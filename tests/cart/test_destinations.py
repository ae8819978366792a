"""Eight destinations, worked out by hand: shipping, tax and total of the same cart.

The cart: 2 bottles at 12.00 (standard rate, 1,300 g each) and a book at 9.99 (reduced rate, 400 g): 33.99, 3.0 kg.
"""

from decimal import Decimal
from typing import Any

import pytest

from cart import defaults, services
from cart.models import Cart
from cart.pricing import quote
from shop.models import TaxClass
from tests.factories import VariantFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def cart() -> Cart:
    defaults.load()
    bottle = VariantFactory(price=12, weight=1300)
    book = VariantFactory(price="9.99", weight=400, product__tax_class=TaxClass.REDUCED)
    cart, _units = services.add(None, bottle, 2)
    services.add(cart, book, 1)
    return cart


def figures(cart: Cart, country: str) -> tuple[str, str, str]:
    priced = quote(cart, country=country)
    assert sum(part.net + part.tax for part in priced.taxes) == priced.total
    return str(priced.shipping), str(priced.tax), str(priced.total)


# Prices include tax: the total is 33.99 + shipping everywhere, and the tax in it is, line by line:
INCLUDED = {
    # bottles 24*19/119 = 3.832 -> 3.83, book 9.99*7/107 = 0.654 -> 0.65, parcel 6.90*19/119 = 1.102 -> 1.10
    "DE": ("6.90", "5.58", "40.89"),
    # 24*20/120 = 4.00, 9.99*5.5/105.5 = 0.521 -> 0.52, 14.90*20/120 = 2.483 -> 2.48
    "FR": ("14.90", "7.00", "48.89"),
    # 4.00, 9.99*10/110 = 0.908 -> 0.91, 6.90*20/120 = 1.15
    "AT": ("6.90", "6.06", "40.89"),
    # 24*23/123 = 4.488 -> 4.49, 9.99*9/109 = 0.825 -> 0.82, 14.90*23/123 = 2.786 -> 2.79
    "IE": ("14.90", "8.10", "48.89"),
    # Exports: no tax. Parcel worldwide, below 10 kg: 19.90 to the two that are near, 39.00 below 5 kg elsewhere.
    "CH": ("19.90", "0.00", "53.89"),
    "GB": ("19.90", "0.00", "53.89"),
    "US": ("39.00", "0.00", "72.99"),
    "JP": ("39.00", "0.00", "72.99"),
}


@pytest.mark.parametrize(("country", "expected"), INCLUDED.items())
def test_prices_with_tax(cart: Cart, country: str, expected: tuple[str, str, str]) -> None:
    assert figures(cart, country) == expected


# Prices exclude tax, which is added to 33.99 + shipping:
EXCLUDED = {
    # 24*19 % = 4.56, 9.99*7 % = 0.699 -> 0.70, 6.90*19 % = 1.311 -> 1.31
    "DE": ("6.90", "6.57", "47.46"),
    # 24*20 % = 4.80, 9.99*5.5 % = 0.549 -> 0.55, 14.90*20 % = 2.98
    "FR": ("14.90", "8.33", "57.22"),
    # 4.80, 9.99*10 % = 0.999 -> 1.00, 6.90*20 % = 1.38
    "AT": ("6.90", "7.18", "48.07"),
    # 24*23 % = 5.52, 9.99*9 % = 0.899 -> 0.90, 14.90*23 % = 3.427 -> 3.43
    "IE": ("14.90", "9.85", "58.74"),
    "CH": ("19.90", "0.00", "53.89"),
    "GB": ("19.90", "0.00", "53.89"),
    "US": ("39.00", "0.00", "72.99"),
    "JP": ("39.00", "0.00", "72.99"),
}


@pytest.mark.parametrize(("country", "expected"), EXCLUDED.items())
def test_prices_without_tax(cart: Cart, settings: Any, country: str, expected: tuple[str, str, str]) -> None:
    settings.SHOP_PRICES_INCLUDE_TAX = False
    assert figures(cart, country) == expected


# Prices include tax, and exports go without the German tax in them: a bottle is 12.00/1.19 = 10.084 -> 10.08, the book
# 9.99/1.07 = 9.336 -> 9.34: 29.50 in all. Inside the EU nothing changes.
EXPORTED = {
    "DE": ("6.90", "5.58", "40.89"),
    "FR": ("14.90", "7.00", "48.89"),
    "CH": ("19.90", "0.00", "49.40"),
    "GB": ("19.90", "0.00", "49.40"),
    "US": ("39.00", "0.00", "68.50"),
    "JP": ("39.00", "0.00", "68.50"),
}


@pytest.mark.parametrize(("country", "expected"), EXPORTED.items())
def test_exports_without_the_tax_of_home(
    cart: Cart, settings: Any, country: str, expected: tuple[str, str, str]
) -> None:
    settings.SHOP_EXPORTS_WITHOUT_TAX = True
    assert figures(cart, country) == expected


def test_an_export_says_that_duties_are_not_included(cart: Cart) -> None:
    words = [rule.text for rule in quote(cart, country="CH").rules]
    assert "No tax is charged on orders to Switzerland; duties there are not included." in words
    words = [rule.text for rule in quote(cart, country="FR").rules]
    assert "Prices include 20% / 5.5% tax for France." in words


def test_an_order_in_yen_has_no_decimals(settings: Any) -> None:
    # 24.4 is 24 a piece, 72 for three, which contain 72*19/119 = 11.496 -> 11. The parcel costs 6.90 -> 7, in which
    # 7*19/119 = 1.118 -> 1 is tax.
    settings.SHOP_CURRENCY = "JPY"
    defaults.load()
    cart, _units = services.add(None, VariantFactory(price="24.4"), 3)
    priced = quote(cart)
    assert (priced.subtotal, priced.shipping, priced.tax, priced.total) == (72, 7, 12, 79)


def test_an_order_in_dinars_has_three_decimals_the_last_of_which_is_zero(settings: Any) -> None:
    # 1.239 is 1.240 a piece; 3.720 for three contain 3.72*19/119 = 0.5939 -> 0.590.
    settings.SHOP_CURRENCY = "KWD"
    defaults.load()
    cart, _units = services.add(None, VariantFactory(price="1.239"), 3)
    priced = quote(cart)
    assert (priced.subtotal, priced.lines[0].tax) == (Decimal("3.72"), Decimal("0.59"))
