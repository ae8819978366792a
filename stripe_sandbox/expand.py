"""`expand[]`: ids in an answer replaced by the objects they name, and the fields that only appear when asked for."""

from typing import Any, NoReturn

from .account import Account
from .errors import invalid
from .resources import line_items
from .store import Json

MAX_DEPTH = 4
EXPANDABLE = frozenset(
    "balance_transaction charge coupon failure_balance_transaction latest_charge payment_intent payment_method product "
    "shipping_rate source".split()
)


def expand(account: Account, body: Json, paths: list[str]) -> Json:
    """The answer with every path expanded; Stripe's 400 for a path that cannot be."""
    for path in paths:
        parts = path.split(".")
        if len(parts) - (parts[0] == "data") > MAX_DEPTH:
            raise invalid(
                f"You cannot expand more than {MAX_DEPTH} levels of a property. Property: {path}", param="expand"
            )
        body = _expanded(account, body, parts, path)
    return body


def _expanded(account: Account, node: Any, parts: list[str], path: str) -> Any:
    if node is None or not parts:
        return node
    if isinstance(node, list):
        return [_expanded(account, entry, parts, path) for entry in node]
    name, rest = parts[0], parts[1:]
    value = _included(account, node, name)
    if isinstance(value, str) and name in EXPANDABLE:
        value = account.store.find(value)
    elif not isinstance(value, dict | list) and not (value is None and (name in node or name in EXPANDABLE)):
        _refuse(path)
    return node | {name: _expanded(account, value, rest, path)}


def _refuse(path: str) -> NoReturn:
    raise invalid(f"This property cannot be expanded ({path}).", param="expand")


def _included(account: Account, node: Json, name: str) -> Any:
    """The field, or what Stripe leaves out of it until it is asked for."""
    kind = node.get("object")
    if kind == "checkout.session" and name == "line_items":
        return line_items.as_session_list(node["id"], account.store.private(node["id"])["line_items"])
    if kind == "checkout.session" and name == "total_details":
        return node["total_details"] | {"breakdown": _breakdown(node)}
    if kind == "charge" and name == "refunds":
        return _refunds(account, node)
    return node.get(name)


def _breakdown(session: Json) -> Json:
    taken = session["total_details"]["amount_discount"]
    discounts = [{"amount": taken, "discount": _discount(session, entry["coupon"])} for entry in session["discounts"]]
    return {"discounts": discounts, "taxes": []}


def _discount(session: Json, coupon: str) -> Json:
    nothing = dict.fromkeys(
        "customer customer_account end invoice invoice_item promotion_code subscription subscription_item".split()
    )
    return {
        "id": "di_1" + session["id"][-20:],
        "object": "discount",
        "checkout_session": session["id"],
        "source": {"coupon": coupon, "type": "coupon"},
        "start": session["created"],
        **nothing,
    }


def _refunds(account: Account, charge: Json) -> Json:
    sql = (
        "SELECT id FROM objects WHERE type = 'refund' AND json_extract(body, '$.charge') = ? ORDER BY seq DESC LIMIT 11"
    )
    ids = [row["id"] for row in account.store.rows(sql, (charge["id"],))]
    data = [account.get("refund", refund) for refund in ids[:10]]
    return {"object": "list", "data": data, "has_more": len(ids) > 10, "url": f"/v1/charges/{charge['id']}/refunds"}
