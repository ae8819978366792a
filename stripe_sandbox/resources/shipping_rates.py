"""Shipping rates, made inline by `shipping_options[][shipping_rate_data]`."""

from .. import money, params
from ..account import Account
from ..errors import StripeError
from ..ids import new_id
from ..operation import Operation
from ..store import Json

_SPAN = {
    "unit": params.choice("business_day", "day", "hour", "month", "week", required=True),
    "value": params.integer(required=True, least=1),
}
_FIXED_AMOUNT = {
    "amount": params.integer(required=True, least=0, most=money.MAXIMUM),
    "currency": params.currency(required=True),
    "currency_options": params.unmodelled(),
}
_RATE_DATA = {
    "delivery_estimate": params.nested({"maximum": params.nested(_SPAN), "minimum": params.nested(_SPAN)}),
    "display_name": params.text(required=True, longest=100),
    "fixed_amount": params.nested(_FIXED_AMOUNT),
    "metadata": params.metadata(),
    "tax_behavior": params.choice("exclusive", "inclusive", "unspecified"),
    "tax_code": params.text(),
    "type": params.choice("fixed_amount"),
}
SHIPPING_OPTION = {"shipping_rate": params.text(), "shipping_rate_data": params.nested(_RATE_DATA)}


def build(account: Account, values: Json, currency: str, path: str) -> Json:
    """The rate of one shipping option, stored as an object of its own."""
    if "shipping_rate" in values:
        rate = account.get("shipping_rate", values["shipping_rate"], param=f"{path}[shipping_rate]")
    elif "shipping_rate_data" in values:
        rate = account.store.add(_rate(account, values["shipping_rate_data"], f"{path}[shipping_rate_data]"))
    else:
        raise params.absent(f"{path}[shipping_rate]")
    if rate["fixed_amount"]["currency"] != currency:
        raise StripeError(
            "The shipping rate's currency does not match the line items' currency.", param=path, kept=False
        )
    return rate


def _rate(account: Account, data: Json, path: str) -> Json:
    if "fixed_amount" not in data:
        raise params.absent(f"{path}[fixed_amount]")
    return {
        "id": new_id("shr_1"),
        "object": "shipping_rate",
        "active": True,
        "created": account.now(),
        "delivery_estimate": data.get("delivery_estimate"),
        "display_name": data["display_name"],
        "fixed_amount": data["fixed_amount"],
        "livemode": False,
        "metadata": data.get("metadata", {}),
        "tax_behavior": data.get("tax_behavior", "unspecified"),
        "tax_code": data.get("tax_code"),
        "type": "fixed_amount",
    }


def option(rate: Json) -> Json:
    return {"shipping_amount": rate["fixed_amount"]["amount"], "shipping_rate": rate["id"]}


def cost(option: Json) -> Json:
    amount = option["shipping_amount"]
    return {
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "shipping_rate": option["shipping_rate"],
    }


def retrieve(account: Account, values: Json, rate: str) -> Json:
    return account.get("shipping_rate", rate)


OPERATIONS = [Operation("GET", "/v1/shipping_rates/{rate}", retrieve, {})]
