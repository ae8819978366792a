"""Rounding and Stripe's minor units."""

from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from shop.money import format_money, from_minor, plain_money, quantum, round_money, to_minor

CURRENCIES = st.sampled_from(["EUR", "USD", "JPY", "KRW", "KWD", "BHD", "ISK", "UGX"])
AMOUNTS = st.decimals(min_value=0, max_value=10**9, places=3)


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("46.40", "EUR", 4640), ("500", "JPY", 500), ("1.230", "KWD", 1230), ("7", "ISK", 700), ("0", "EUR", 0)],
)
def test_minor_units_are_stripes(amount: str, currency: str, minor: int) -> None:
    assert to_minor(Decimal(amount), currency) == minor
    assert from_minor(minor, currency) == Decimal(amount)


@pytest.mark.parametrize(("amount", "currency"), [("1.005", "EUR"), ("0.5", "JPY"), ("1.235", "KWD"), ("1.5", "ISK")])
def test_an_amount_that_cannot_be_charged_is_refused(amount: str, currency: str) -> None:
    with pytest.raises(ValueError, match=currency):
        to_minor(Decimal(amount), currency)


@pytest.mark.parametrize(("amount", "expected"), [("1.005", "1.01"), ("1.004", "1.00"), ("2.675", "2.68")])
def test_halves_are_rounded_up(amount: str, expected: str) -> None:
    assert round_money(Decimal(amount), "EUR") == Decimal(expected)


@given(AMOUNTS, CURRENCIES)
def test_a_rounded_amount_survives_the_way_to_stripe_and_back(amount: Decimal, currency: str) -> None:
    rounded = round_money(amount, currency)
    assert from_minor(to_minor(rounded, currency), currency) == rounded
    assert abs(rounded - amount) <= quantum(currency) / 2
    assert round_money(rounded, currency) == rounded


@given(st.integers(min_value=0, max_value=10**11), CURRENCIES)
def test_what_stripe_charged_is_what_we_read(steps: int, currency: str) -> None:
    amount = steps * quantum(currency)
    assert from_minor(to_minor(amount, currency), currency) == amount


def test_people_read_amounts_in_their_language() -> None:
    assert format_money(Decimal("46.4"), "EUR") == "€46.40"
    assert format_money(Decimal("46.4"), "EUR", "es") == "46,40\xa0€"
    assert format_money(Decimal("46.4"), "EUR", "pt-br") == "€\xa046,40"


@pytest.mark.parametrize(("currency", "written"), [("EUR", "14.90 EUR"), ("JPY", "15 JPY"), ("KWD", "14.900 KWD")])
def test_staff_read_amounts_with_the_digits_of_their_currency(currency: str, written: str) -> None:
    amount = Decimal("15.000") if currency == "JPY" else Decimal("14.900")
    assert plain_money(amount, currency) == written
