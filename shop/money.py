"""Money: rounding, Stripe's minor units, and how people write amounts. Amounts are Decimal, never float."""

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from babel.numbers import format_currency

from .languages import locale

# https://docs.stripe.com/currencies: charged without minor units; in thousandths, the last digit 0; in hundredths,
# but whole units only. Every other currency is charged in hundredths.
ZERO_DECIMAL = frozenset("BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split())
THREE_DECIMAL = frozenset("BHD JOD KWD OMR TND".split())
WHOLE_ONLY = frozenset({"ISK", "UGX"})

# https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts, for a balance in the same currency.
MINIMUM_CHARGE = {
    "AED": "2", "AUD": "0.5", "BRL": "0.5", "CAD": "0.5", "CHF": "0.5", "CZK": "15", "DKK": "2.5", "EUR": "0.5",
    "GBP": "0.3", "HKD": "4", "HUF": "175", "INR": "0.5", "JPY": "50", "MXN": "10", "MYR": "2", "NOK": "3",
    "NZD": "0.5", "PLN": "2", "RON": "2", "SEK": "3", "SGD": "0.5", "THB": "10", "USD": "0.5",
}  # fmt: skip


def minimum_charge(currency: str) -> Decimal:
    """The smallest total above zero that Stripe charges in `currency`; one step where Stripe names none."""
    return Decimal(MINIMUM_CHARGE[currency]) if currency in MINIMUM_CHARGE else quantum(currency)


def maximum_charge(currency: str) -> Decimal:
    """The largest total that Stripe charges: eight digits of minor units."""
    return from_minor(99_999_999, currency)


def minor_digits(currency: str) -> int:
    """How many decimal places Stripe's smallest unit of `currency` has: 0, 2 or 3."""
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def quantum(currency: str) -> Decimal:
    """The smallest step that Stripe can charge: JPY 1, EUR 0.01, KWD 0.010, ISK 1."""
    if currency in ZERO_DECIMAL | WHOLE_ONLY:
        return Decimal(1)
    return Decimal("0.01")


def round_money(amount: Decimal, currency: str) -> Decimal:
    """`amount` to the chargeable step, half up, the way shops round."""
    step = quantum(currency)
    return (amount / step).quantize(Decimal(1), rounding=ROUND_HALF_UP) * step


def to_minor(amount: Decimal, currency: str) -> int:
    """`amount` in Stripe's minor units. Raises ValueError rather than rounding a broken amount away."""
    if amount % quantum(currency):
        raise ValueError(f"{amount} {currency} is no chargeable amount")
    return int(amount.scaleb(minor_digits(currency)))


def from_minor(minor: int, currency: str) -> Decimal:
    """Stripe's minor units as an amount in `currency`."""
    return Decimal(minor).scaleb(-minor_digits(currency))


def format_money(amount: Decimal, currency: str, language: str = "") -> str:
    """The amount as people write it, such as €46.40; in the active language, unless another is named."""
    return _written(amount, currency, locale=language.replace("-", "_") or locale())


_written = lru_cache(5000)(format_currency)  # Babel takes longer than all else on a card, and prices come again


def to_currency_digits(amount: Decimal, currency: str) -> Decimal:
    """The amount with as many decimal places as its currency has, for a form: 54.50 of a column's 54.500."""
    return amount.quantize(Decimal(1).scaleb(-minor_digits(currency)))


def plain_money(amount: Decimal, currency: str) -> str:
    """The amount for histories and logs, the same in every language, such as 46.40 EUR."""
    return f"{amount:.{minor_digits(currency)}f} {currency}"
