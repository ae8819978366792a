"""Line items of a checkout session: a price and a quantity, discounted and shown."""

from decimal import Decimal

from .. import money, params
from ..account import Account
from ..errors import StripeError, invalid
from ..ids import new_id
from ..lists import as_list
from ..store import Json
from . import prices

LINE_ITEM = {
    "price": params.text(),
    "price_data": params.nested(prices.DATA),
    "quantity": params.integer(least=1, most=999_999),
    "metadata": params.metadata(),
    "adjustable_quantity": params.unmodelled(),
    "tax_rates": params.unmodelled(),
}


def build(account: Account, values: Json, path: str) -> Json:
    """One line. A price given inline becomes a price and a product of their own."""
    price = _price(account, values, path)
    if "quantity" not in values:
        raise params.absent(f"{path}[quantity]")
    total = money.rounded(prices.unit_amount(price) * values["quantity"])
    return {
        "id": new_id("li_1"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": total,
        "amount_tax": 0,
        "amount_total": total,
        "currency": price["currency"],
        "description": account.get("product", price["product"])["name"],
        "metadata": values.get("metadata", {}),
        "price": price,
        "quantity": values["quantity"],
    }


def _price(account: Account, values: Json, path: str) -> Json:
    if "price" in values and "price_data" in values:
        message = "You may only specify one of these parameters: price, price_data."
        raise invalid(message, param=f"{path}[price]")
    if "price" in values:
        return account.get("price", values["price"], param=f"{path}[price]")
    if "price_data" not in values:
        raise params.absent(f"{path}[price_data]")
    return prices.create(account, values["price_data"], f"{path}[price_data]")


def discounted(lines: list[Json], coupon: Json | None) -> int:
    """Take the coupon off the lines, in place; returns the whole discount in minor units."""
    if coupon is None:
        return 0
    subtotals = [line["amount_subtotal"] for line in lines]
    if coupon["amount_off"] is not None:
        if coupon["currency"] != lines[0]["currency"]:
            message = f"The coupon's currency ({coupon['currency']}) does not match the session's currency."
            raise StripeError(message, param="discounts[0][coupon]")
        total = min(coupon["amount_off"], sum(subtotals))
    else:
        total = money.rounded(sum(subtotals) * Decimal(str(coupon["percent_off"])) / 100)
    for line, share in zip(lines, money.shares(total, subtotals), strict=True):
        line["amount_discount"] = share
        line["amount_total"] = line["amount_subtotal"] - share
    return total


def as_session_list(session_id: str, lines: list[Json]) -> Json:
    """The lines as `expand[]=line_items` shows them: the first ten, and whether there are more."""
    return as_list(lines[:10], f"/v1/checkout/sessions/{session_id}/line_items", has_more=len(lines) > 10)
