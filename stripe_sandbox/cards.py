"""Stripe's test cards: which number does what."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Decline:
    """Why a charge fails, in Stripe's words and codes; `field` is where the form shows it."""

    code: str
    message: str
    decline_code: str = ""
    field: str = "card_number"


@dataclass(frozen=True)
class Card:
    """What a number means. At most one of the fates after payment applies."""

    number: str
    brand: str = "visa"
    country: str = "US"
    decline: Decline | None = None
    asks_3ds: bool = False
    dispute: str = ""  # the reason of a dispute that follows the payment
    refund: str = ""  # "pending": succeeds later; "fails": succeeds, then fails

    @property
    def last4(self) -> str:
        return self.number[-4:]


DECLINED = Decline("card_declined", "Your card was declined.", "generic_decline")
NO_FUNDS = Decline("card_declined", "Your card has insufficient funds.", "insufficient_funds")
LOST = Decline("card_declined", "Your card was declined.", "lost_card")
STOLEN = Decline("card_declined", "Your card was declined.", "stolen_card")
EXPIRED = Decline("expired_card", "Your card has expired.", "expired_card", "expiry")
WRONG_CVC = Decline("incorrect_cvc", "Your card's security code is incorrect.", "incorrect_cvc", "cvc")
PROCESSING = Decline(
    "processing_error", "An error occurred while processing your card. Try again in a little bit.", "processing_error"
)
BLOCKED = Decline("card_declined", "Your card was declined.", "fraudulent")
NOT_A_TEST_CARD = Decline(
    "card_declined",
    "Your card was declined. Your request was in test mode, but used a non test card. "
    "For a list of valid test cards, visit: https://stripe.com/docs/testing.",
    "test_mode_live_card",
)

# https://docs.stripe.com/testing
CARDS = {
    card.number: card
    for card in (
        Card("4242424242424242"),
        Card("4000056655665556"),
        Card("5555555555554444", "mastercard"),
        Card("2223003122003222", "mastercard"),
        Card("5200828282828210", "mastercard"),
        Card("378282246310005", "amex"),
        Card("6011111111111117", "discover"),
        Card("3056930009020004", "diners"),
        Card("3566002020360505", "jcb"),
        Card("6200000000000005", "unionpay"),
        Card("4000002500001001", country="FR"),
        Card("4000002760000016", country="DE"),
        Card("4000007240000007", country="ES"),
        Card("4000008260000000", country="GB"),
        Card("4000000000000077"),
        Card("4000000000000002", decline=DECLINED),
        Card("4000000000009995", decline=NO_FUNDS),
        Card("4000000000009987", decline=LOST),
        Card("4000000000009979", decline=STOLEN),
        Card("4000000000000069", decline=EXPIRED),
        Card("4000000000000127", decline=WRONG_CVC),
        Card("4000000000000119", decline=PROCESSING),
        Card("4100000000000019", decline=BLOCKED),
        Card("4000002500003155", asks_3ds=True),
        Card("4000002760003184", asks_3ds=True),
        Card("4000000000003220", asks_3ds=True),
        Card("4000008400001629", asks_3ds=True, decline=DECLINED),
        Card("4000000000000259", dispute="fraudulent"),
        Card("4000000000002685", dispute="product_not_received"),
        Card("4000000000007726", refund="pending"),
        Card("4000000000005126", refund="fails"),
    )
}


def passes_luhn(number: str) -> bool:
    digits = [int(digit) for digit in reversed(number)]
    doubled = (digit * 2 - 9 if digit > 4 else digit * 2 for digit in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def find_card(number: str) -> Card:
    """The card of a well-formed number; one that Stripe does not publish is declined as no test card."""
    return CARDS.get(number) or Card(number, brand="unknown", decline=NOT_A_TEST_CARD)
