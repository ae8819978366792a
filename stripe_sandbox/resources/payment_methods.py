"""Payment methods: the card or bank account a payer used, without its number."""

import hashlib
from dataclasses import dataclass

from ..account import Account
from ..cards import Card
from ..ids import new_id
from ..operation import Operation
from ..store import Json

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


def charged_with(method: Json, amount: int, authenticated: bool | None) -> Json:
    """The method as a charge shows it (`payment_method_details`)."""
    kind = method["type"]
    if kind != "card":
        return {"type": kind, kind: method[kind]}
    card = method["card"]
    shared = (
        "brand",
        "checks",
        "country",
        "exp_month",
        "exp_year",
        "fingerprint",
        "funding",
        "last4",
        "regulated_status",
    )
    secure = {
        "authentication_flow": "challenge",
        "electronic_commerce_indicator": "05" if authenticated else None,
        "exemption_indicator": None,
        "result": "authenticated" if authenticated else "failed",
        "result_reason": None,
        "transaction_id": None,
        "version": "2.2.0",
    }
    details = {name: card[name] for name in shared} | {
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


def retrieve(account: Account, values: Json, method: str) -> Json:
    return account.get("payment_method", method)


OPERATIONS = [Operation("GET", "/v1/payment_methods/{method}", retrieve, {})]
