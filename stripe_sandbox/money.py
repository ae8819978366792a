"""Amounts in minor units: how many decimals a currency has, the smallest charge, and how people read it."""

from decimal import ROUND_HALF_UP, Decimal

ZERO_DECIMAL = frozenset("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split())
THREE_DECIMAL = frozenset("bhd jod kwd omr tnd".split())
# Two decimals on the wire of which Stripe charges none: the last two digits must be 00.
WHOLE_UNITS = frozenset(["isk", "ugx"])

# https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
MINIMUM = {
    "usd": 50, "aed": 200, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250, "eur": 50,
    "gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50,
    "pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000,
}  # fmt: skip
MAXIMUM = 99_999_999
SYMBOLS = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥", "inr": "₹", "krw": "₩", "vnd": "₫"}

OTHERS = frozenset(
    "afn all amd ang aoa ars awg azn bam bbd bdt bmd bnd bob bsd bwp byn bzd cdf cny cop crc cve dop dzd "
    "egp etb fjd fkp gel gip gmd gtq gyd hnl hrk htg idr ils jmd kes kgs khr kyd kzt lak lbp lkr lrd lsl "
    "mad mdl mkd mmk mnt mop mur mvr mwk mzn nad ngn nio npr pab pen pgk php pkr qar rsd rub sar sbd scr "
    "shp sle sos srd std szl tjs top try ttd twd tzs uah uyu uzs wst xcd xcg yer zar zmw".split()
)
SUPPORTED = frozenset(MINIMUM) | ZERO_DECIMAL | THREE_DECIMAL | WHOLE_UNITS | OTHERS


def decimals(currency: str) -> int:
    """Digits after the point in one major unit of the currency."""
    return 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2


def step(currency: str) -> int:
    """The smallest chargeable step in minor units: KWD goes by tens, ISK by hundreds."""
    return 10 if currency in THREE_DECIMAL else 100 if currency in WHOLE_UNITS else 1


def minimum(currency: str) -> int:
    """The smallest charge in minor units; a currency without a published minimum needs one step."""
    return MINIMUM.get(currency, step(currency))


def rounded(amount: Decimal) -> int:
    """A whole number of minor units, halves up."""
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def display(amount: int, currency: str) -> str:
    """The amount as a shopper reads it: "€46.40", "¥500", "46.40 CHF"."""
    places = decimals(currency)
    number = f"{Decimal(amount).scaleb(-places):,.{places}f}"
    symbol = SYMBOLS.get(currency)
    return f"{symbol}{number}" if symbol else f"{number} {currency.upper()}"


def shares(total: int, weights: list[int]) -> list[int]:
    """Split `total` by weight: the parts add up to it exactly, and none exceeds its weight unless `total` does."""
    whole = sum(weights)
    if not whole:
        return [0 for _ in weights]
    parts, given, seen = [], 0, 0
    for weight in weights:
        seen += weight
        part = total * seen // whole - given
        parts.append(part)
        given += part
    return parts
