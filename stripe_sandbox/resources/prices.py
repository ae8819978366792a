"""Prices: made inline by `price_data`, or by themselves; retrieve and list. One-time prices only."""

from decimal import Decimal

from .. import lists, money, params
from ..account import Account
from ..errors import invalid
from ..ids import new_id
from ..operation import Operation
from ..store import Json
from . import products

DATA = {
    "currency": params.currency(required=True),
    "product": params.text(),
    "product_data": params.nested(products.DATA),
    "tax_behavior": params.choice("exclusive", "inclusive", "unspecified"),
    "unit_amount": params.integer(least=0, most=money.MAXIMUM),
    "unit_amount_decimal": params.decimal(),
    "recurring": params.unmodelled(),
}
CREATE = {
    **DATA,
    "active": params.flag(),
    "billing_scheme": params.choice("per_unit"),
    "lookup_key": params.text(longest=200),
    "metadata": params.metadata(),
    "nickname": params.text(),
    **dict.fromkeys(
        ("currency_options", "custom_unit_amount", "tiers", "tiers_mode", "transfer_lookup_key", "transform_quantity"),
        params.unmodelled(),
    ),
}


def create(account: Account, values: Json, path: str = "") -> Json:
    """A price of a product that exists or is described with it; `path` leads error messages to the parameter."""
    unit = _unit_amount(values, path)
    price = {
        "id": new_id("price_1"),
        "object": "price",
        "active": values.get("active", not path),  # Stripe's inline prices are inactive: used once, never offered
        "billing_scheme": "per_unit",
        "created": account.now(),
        "currency": values["currency"],
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": values.get("lookup_key"),
        "metadata": values.get("metadata", {}),
        "nickname": values.get("nickname"),
        "product": _product(account, values, path),
        "recurring": None,
        "tax_behavior": values.get("tax_behavior", "unspecified"),
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "one_time",
        "unit_amount": int(unit) if unit == unit.to_integral_value() else None,
        "unit_amount_decimal": format(unit.normalize() if unit else Decimal(0), "f"),
    }
    return account.store.add(price)


def unit_amount(price: Json) -> Decimal:
    """What one costs, in minor units and possibly fractions of them."""
    return Decimal(price["unit_amount_decimal"])


def _unit_amount(values: Json, path: str) -> Decimal:
    name = params.join(path, "unit_amount")
    if "unit_amount" in values and "unit_amount_decimal" in values:
        raise invalid("You may only specify one of these parameters: unit_amount, unit_amount_decimal.", param=name)
    if "unit_amount" not in values and "unit_amount_decimal" not in values:
        raise params.absent(name)
    return Decimal(values["unit_amount"]) if "unit_amount" in values else values["unit_amount_decimal"]


def _product(account: Account, values: Json, path: str) -> str:
    if "product" in values:
        return account.get("product", values["product"], param=params.join(path, "product"))["id"]
    if "product_data" not in values:
        raise params.absent(params.join(path, "product_data"))
    inline = values["product_data"] | ({"active": False} if path else {})
    return products.create(account, inline)["id"]


def retrieve(account: Account, values: Json, price: str) -> Json:
    return account.get("price", price, param="price")


def list_prices(account: Account, values: Json) -> Json:
    return lists.page(account, "price", "/v1/prices", values, product=values.get("product"))


LIST = {**lists.PAGING, "created": params.created(), "product": params.text()}
OPERATIONS = [
    Operation("POST", "/v1/prices", create, CREATE),
    Operation("GET", "/v1/prices", list_prices, LIST),
    Operation("GET", "/v1/prices/{price}", retrieve, {}),
]
