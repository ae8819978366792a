"""Payment methods: the card or bank account a payer used, without its number."""

import hashlib
from dataclasses import dataclass

from .. import params
from ..account import Account
from ..cards import NOT_A_TEST_CARD, Card, find_card
from ..errors import missing
from ..ids import new_id
from ..operation import Operation
from ..store import Json

TOKENS = {
    "tok_visa": "4242424242424242",
    "tok_mastercard": "5555555555554444",
    "tok_chargeDeclined": "4000000000000002",
    "tok_createDispute": "4000000000000259",
}
CHECKS = {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"}


@dataclass(frozen=True)
class Payer:
    """Who pays, as the hosted page learned it."""

    email: str
    name: str
    country: str = "US"

    def billing_details(self) -> Json:
        address = {
            "city": None,
            "country": self.country,
            "line1": None,
            "line2": None,
            "postal_code": None,
            "state": None,
        }
        return {"address": address, "email": self.email, "name": self.name, "phone": None, "tax_id": None}


def create(account: Account, payer: Payer, kind: str, details: Json) -> Json:
    method = {
        "id": new_id("pm_1"),
        "object": "payment_method",
        "allow_redisplay": "limited",
        "billing_details": payer.billing_details(),
        kind: details,
        "created": account.now(),
        "customer": None,
        "customer_account": None,
        "livemode": False,
        "metadata": {},
        "type": kind,
    }
    return account.store.add(method)


def card_details(card: Card, month: int, year: int) -> Json:
    """A card as a payment method shows it."""
    return {
        "brand": card.brand,
        "checks": CHECKS,
        "country": card.country,
        "display_brand": card.brand,
        "exp_month": month,
        "exp_year": year,
        "fingerprint": hashlib.sha256(card.number.encode()).hexdigest()[:16],
        "funding": "credit",
        "generated_from": None,
        "last4": card.last4,
        "networks": {"available": [card.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }


# What Stripe shows of a bank account, as a payment method and on a charge.
_BANK = {"fingerprint": "sandbox", "last4": "3000"}
_SEPA = {"bank_code": "37040044", "branch_code": None, "country": "DE"}
_US = {
    "account_holder_type": "individual",
    "account_type": "checking",
    "bank_name": "STRIPE TEST BANK",
    "routing_number": "110000000",
}
BANKS: dict[str, Json] = {
    "sepa_debit": {**_BANK, **_SEPA, "generated_from": None},
    "us_bank_account": {
        **_BANK,
        **_US,
        "financial_connections_account": None,
        "networks": {"preferred": "ach", "supported": ["ach"]},
        "status_details": None,
    },
    "bacs_debit": {**_BANK, "sort_code": "108800"},
    "konbini": {},
    "customer_balance": {},
}
CHARGED_BANKS: dict[str, Json] = {
    "sepa_debit": {**_BANK, **_SEPA, "expected_debit_date": None, "mandate": None},
    "us_bank_account": {**_BANK, **_US, "expected_debit_date": None, "mandate": None, "payment_reference": None},
    "bacs_debit": {**_BANK, "sort_code": "108800", "expected_debit_date": None, "mandate": None},
    "konbini": {"store": None},
    "customer_balance": {},
}
# What a charge repeats of its card.
CHARGED_CARD = "brand checks country exp_month exp_year fingerprint funding last4 regulated_status".split()


def charged_with(method: Json, amount: int, authenticated: bool | None) -> Json:
    """The method as a charge shows it (`payment_method_details`)."""
    kind = method["type"]
    if kind != "card":
        return {"type": kind, kind: CHARGED_BANKS[kind]}
    card = method["card"]
    secure = {
        "authentication_flow": "challenge",
        "electronic_commerce_indicator": "05" if authenticated else None,
        "exemption_indicator": None,
        "result": "authenticated" if authenticated else "failed",
        "result_reason": None,
        "transaction_id": None,
        "version": "2.2.0",
    }
    details = {name: card[name] for name in CHARGED_CARD} | {
        "amount_authorized": amount,
        "authorization_code": "123456",
        "extended_authorization": {"status": "disabled"},
        "incremental_authorization": {"status": "unavailable"},
        "installments": None,
        "mandate": None,
        "multicapture": {"status": "unavailable"},
        "network": card["brand"],
        "network_token": {"used": False},
        "network_transaction_id": "104102978678771",
        "overcapture": {"maximum_amount_capturable": amount, "status": "unavailable"},
        "three_d_secure": None if authenticated is None else secure,
        "wallet": None,
    }
    return {"type": "card", "card": details}


def create_by_token(account: Account, values: Json) -> Json:
    """A card by one of Stripe's test tokens (`tok_visa`) or by the number of a test card."""
    given = values["card"]
    card = find_card(TOKENS.get(given.get("token", ""), given.get("number", "")))
    if card.decline is NOT_A_TEST_CARD:
        raise missing("token", given.get("token", ""), param="card[token]")
    billing = values.get("billing_details", {})
    payer = Payer(billing.get("email") or "", billing.get("name") or "")
    details = card_details(card, given.get("exp_month", 12), given.get("exp_year", 2040))
    method = create(account, payer, "card", details)
    account.store.save_private(method["id"], number=card.number)
    return method


def retrieve(account: Account, values: Json, method: str) -> Json:
    return account.get("payment_method", method)


_ADDRESS = {name: params.text() for name in ("city", "country", "line1", "line2", "postal_code", "state")}
_CARD = {
    "token": params.text(),
    "number": params.text(),
    "exp_month": params.integer(least=1, most=12),
    "exp_year": params.integer(least=2000),
    "cvc": params.text(),
}
CREATE = {
    "type": params.choice("card", required=True),
    "card": params.nested(_CARD, required=True),
    "billing_details": params.nested(
        {"address": params.nested(_ADDRESS), "email": params.text(), "name": params.text(), "phone": params.text()}
    ),
    "metadata": params.metadata(),
}
OPERATIONS = [
    Operation("POST", "/v1/payment_methods", create_by_token, CREATE),
    Operation("GET", "/v1/payment_methods/{method}", retrieve, {}),
]
