"""Balance transactions: what each charge, refund and dispute did to the account's balance."""

from decimal import Decimal

from .. import lists, money, params
from ..account import Account
from ..ids import new_id
from ..operation import Operation
from ..store import Json

PERCENTAGE = Decimal("1.5")
DISPUTE_FEE = 20  # major units
PAYOUT_DELAY = 7 * 24 * 60 * 60


def record(account: Account, kind: str, source: Json, amount: int, *, fee: int = 0, category: str = "") -> Json:
    """One movement of `amount` minor units, negative when money leaves."""
    now = account.now()
    fees = [{"amount": fee, "application": None, "currency": source["currency"], "type": "stripe_fee",
             "description": "Dispute fee" if kind == "adjustment" else "Stripe processing fees"}]  # fmt: skip
    transaction = {
        "id": new_id("txn_3"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": now + (PAYOUT_DELAY if amount > 0 else 0),
        "balance_type": "payments",
        "created": now,
        "currency": source["currency"],
        "description": source.get("description"),
        "exchange_rate": None,
        "fee": fee,
        "fee_details": fees if fee else [],
        "net": amount - fee,
        "reporting_category": category or kind,
        "source": source["id"],
        "status": "pending" if amount > 0 else "available",
        "type": kind,
    }
    return account.store.add(transaction)


def charge_fee(amount: int, currency: str) -> int:
    """1.5 % and a quarter of a major unit (25 in currencies without decimals), never above the amount."""
    fixed = 25 * 10 ** max(money.decimals(currency) - 2, 0)
    return min(amount, money.rounded(amount * PERCENTAGE / 100) + fixed)


def dispute_fee(currency: str) -> int:
    return DISPUTE_FEE * 10 ** money.decimals(currency)


def retrieve(account: Account, values: Json, transaction: str) -> Json:
    return account.get("balance_transaction", transaction)


def list_transactions(account: Account, values: Json) -> Json:
    filters = {name: values.get(name) for name in ("currency", "source", "type")}
    return lists.page(account, "balance_transaction", "/v1/balance_transactions", values, **filters)


LIST = {
    **lists.PAGING,
    "created": params.created(),
    "currency": params.currency(),
    "source": params.text(),
    "type": params.text(),
    "payout": params.unmodelled(),
}
OPERATIONS = [
    Operation("GET", "/v1/balance_transactions", list_transactions, LIST),
    Operation("GET", "/v1/balance_transactions/{transaction}", retrieve, {}),
]
