"""Products: made inline by `product_data`, or by themselves; retrieve and list."""

from .. import lists, params
from ..account import Account
from ..errors import StripeError
from ..ids import new_id
from ..operation import Operation
from ..store import Json

DATA = {
    "name": params.text(required=True),
    "description": params.text(),
    "images": params.items(params.url(), most=8),
    "metadata": params.metadata(),
    "tax_code": params.text(),
    "tax_details": params.unmodelled(),
    "unit_label": params.text(longest=12),
}
CREATE = {
    **DATA,
    "active": params.flag(),
    "id": params.text(),
    "shippable": params.flag(),
    "statement_descriptor": params.text(longest=22),
    "type": params.choice("good", "service"),
    "url": params.url(),
    **dict.fromkeys(("default_price_data", "marketing_features", "package_dimensions"), params.unmodelled()),
}


def create(account: Account, values: Json) -> Json:
    now = account.now()
    if "id" in values and account.store.find(values["id"]):
        raise StripeError("Product already exists.", code="resource_already_exists")
    product = {
        "id": values.get("id") or new_id("prod_", 14),
        "object": "product",
        "active": values.get("active", True),
        "created": now,
        "default_price": None,
        "description": values.get("description"),
        "images": values.get("images", []),
        "livemode": False,
        "marketing_features": [],
        "metadata": values.get("metadata", {}),
        "name": values["name"],
        "package_dimensions": None,
        "shippable": values.get("shippable"),
        "statement_descriptor": values.get("statement_descriptor"),
        "tax_code": values.get("tax_code"),
        "type": values.get("type", "service"),
        "unit_label": values.get("unit_label"),
        "updated": now,
        "url": values.get("url"),
    }
    return account.store.add(product)


def retrieve(account: Account, values: Json, product: str) -> Json:
    return account.get("product", product)


def list_products(account: Account, values: Json) -> Json:
    return lists.page(account, "product", "/v1/products", values)


OPERATIONS = [
    Operation("POST", "/v1/products", create, CREATE),
    Operation("GET", "/v1/products", list_products, {**lists.PAGING, "created": params.created()}),
    Operation("GET", "/v1/products/{product}", retrieve, {}),
]
