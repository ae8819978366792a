"""Line items of a checkout session: what `price_data` says, priced, discounted and shown."""

from decimal import Decimal

from .. import money, params
from ..account import Account
from ..errors import StripeError, invalid, missing
from ..ids import new_id
from ..lists import as_list
from ..store import Json

PRODUCT_DATA = {
    "name": params.text(required=True),
    "description": params.text(),
    "images": params.items(params.url(), most=8),
    "metadata": params.metadata(),
    "tax_code": params.text(),
    "unit_label": params.text(longest=12),
}
PRICE_DATA = {
    "currency": params.currency(required=True),
    "product": params.text(),
    "product_data": params.nested(PRODUCT_DATA),
    "tax_behavior": params.choice("exclusive", "inclusive", "unspecified"),
    "unit_amount": params.integer(least=0, most=money.MAXIMUM),
    "unit_amount_decimal": params.decimal(),
    "recurring": params.unmodelled(),
}
LINE_ITEM = {
    "price": params.text(),
    "price_data": params.nested(PRICE_DATA),
    "quantity": params.integer(least=1, most=999_999),
    "metadata": params.metadata(),
    "adjustable_quantity": params.unmodelled(),
    "dynamic_tax_rates": params.unmodelled(),
    "tax_rates": params.unmodelled(),
}


def build(account: Account, values: Json, path: str) -> Json:
    """One line with its price and product; the product and price become objects of their own."""
    if "price" in values:
        raise missing("price", values["price"], param=f"{path}[price]")
    data = values.get("price_data")
    if data is None:
        raise invalid(
            f"Missing required param: {path}[price_data].", param=f"{path}[price_data]", code="parameter_missing"
        )
    if "quantity" not in values:
        raise invalid(f"Missing required param: {path}[quantity].", param=f"{path}[quantity]", code="parameter_missing")
    unit = _unit_amount(data, f"{path}[price_data]")
    total = money.rounded(unit * values["quantity"])
    price = _price(account, data, unit, f"{path}[price_data]")
    return {
        "id": new_id("li_1"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": total,
        "amount_tax": 0,
        "amount_total": total,
        "currency": data["currency"],
        "description": account.get("product", price["product"])["name"],
        "metadata": values.get("metadata", {}),
        "price": price,
        "quantity": values["quantity"],
    }


def _unit_amount(data: Json, path: str) -> Decimal:
    if ("unit_amount" in data) == ("unit_amount_decimal" in data):
        message = (
            f"Missing required param: {path}[unit_amount]."
            if "unit_amount" not in data
            else ("You may only specify one of these parameters: unit_amount, unit_amount_decimal.")
        )
        raise invalid(message, param=f"{path}[unit_amount]", code="parameter_missing")
    return Decimal(data["unit_amount"]) if "unit_amount" in data else data["unit_amount_decimal"]


def _price(account: Account, data: Json, unit: Decimal, path: str) -> Json:
    now = account.now()
    whole = unit == unit.to_integral_value()
    price = {
        "id": new_id("price_1"),
        "object": "price",
        "active": False,
        "billing_scheme": "per_unit",
        "created": now,
        "currency": data["currency"],
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": None,
        "metadata": {},
        "nickname": None,
        "product": _product(account, data, path)["id"],
        "recurring": None,
        "tax_behavior": data.get("tax_behavior", "unspecified"),
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "one_time",
        "unit_amount": int(unit) if whole else None,
        "unit_amount_decimal": format(unit.normalize() if unit else Decimal(0), "f"),
    }
    return account.store.add(price)


def _product(account: Account, data: Json, path: str) -> Json:
    if "product" in data:
        raise missing("product", data["product"], param=f"{path}[product]")
    if "product_data" not in data:
        raise invalid(
            f"Missing required param: {path}[product_data].", param=f"{path}[product_data]", code="parameter_missing"
        )
    given, now = data["product_data"], account.now()
    product = {
        "id": new_id("prod_", 14),
        "object": "product",
        "active": False,
        "attributes": [],
        "created": now,
        "default_price": None,
        "description": given.get("description"),
        "images": given.get("images", []),
        "livemode": False,
        "marketing_features": [],
        "metadata": given.get("metadata", {}),
        "name": given["name"],
        "package_dimensions": None,
        "shippable": None,
        "statement_descriptor": None,
        "tax_code": given.get("tax_code"),
        "type": "service",
        "unit_label": given.get("unit_label"),
        "updated": now,
        "url": None,
    }
    return account.store.add(product)


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
    return as_list(lines, f"/v1/checkout/sessions/{session_id}/line_items")
