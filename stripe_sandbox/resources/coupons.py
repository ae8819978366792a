"""Coupons: create and retrieve; one may be taken off a session."""

from .. import lists, money, params
from ..account import Account
from ..errors import StripeError, invalid
from ..ids import new_id
from ..operation import Operation
from ..store import Json

CREATE = {
    "id": params.text(longest=200),
    "amount_off": params.integer(least=1, most=money.MAXIMUM),
    "currency": params.currency(),
    "duration": params.choice("forever", "once", "repeating"),
    "duration_in_months": params.integer(least=1),
    "max_redemptions": params.integer(least=1),
    "metadata": params.metadata(),
    "name": params.text(longest=40),
    "percent_off": params.decimal(),
    "redeem_by": params.integer(),
    "applies_to": params.unmodelled(),
    "currency_options": params.unmodelled(),
}


def create(account: Account, values: Json) -> Json:
    """A coupon that takes a percentage or an amount off a whole session."""
    _check(account, values)
    percent = values.get("percent_off")
    coupon = {
        "id": values.get("id") or new_id("", 8),
        "object": "coupon",
        "amount_off": values.get("amount_off"),
        "created": account.now(),
        "currency": values.get("currency"),
        "duration": values.get("duration", "once"),
        "duration_in_months": values.get("duration_in_months"),
        "livemode": False,
        "max_redemptions": values.get("max_redemptions"),
        "metadata": values.get("metadata", {}),
        "name": values.get("name"),
        "percent_off": float(percent) if percent is not None else None,
        "redeem_by": values.get("redeem_by"),
        "times_redeemed": 0,
        "valid": True,
    }
    return account.store.add(coupon)


def _check(account: Account, values: Json) -> None:
    if ("amount_off" in values) == ("percent_off" in values):
        raise invalid(
            "Received both or neither of amount_off and percent_off. Please pass in one.", param="percent_off"
        )
    if "amount_off" in values and "currency" not in values:
        raise invalid("You must pass currency when passing amount_off", param="currency", code="parameter_missing")
    if "percent_off" in values and not 0 < values["percent_off"] <= 100:
        raise invalid("Invalid percent_off: must be greater than 0 and at most 100", param="percent_off")
    if values.get("duration") == "repeating" and "duration_in_months" not in values:
        raise invalid("You must pass duration_in_months when duration is repeating", param="duration_in_months")
    if "id" in values and account.store.find(values["id"]):
        raise StripeError("Coupon already exists.", code="resource_already_exists")


def redeemable(account: Account, coupon_id: str | None) -> Json:
    """The coupon, if it may still be used."""
    coupon = account.get("coupon", coupon_id or "", param="discounts[0][coupon]")
    if not current(account, coupon)["valid"]:
        message = f"Coupon {coupon['id']} is expired and cannot be applied."
        raise StripeError(message, code="coupon_expired", param="discounts[0][coupon]")
    return coupon


def current(account: Account, coupon: Json) -> Json:
    """The coupon with `valid` as it stands now."""
    used_up = coupon["max_redemptions"] is not None and coupon["times_redeemed"] >= coupon["max_redemptions"]
    over = coupon["redeem_by"] is not None and coupon["redeem_by"] <= account.now()
    return coupon | {"valid": not used_up and not over}


def redeem(account: Account, coupon_id: str) -> None:
    """Count one paid session."""
    coupon = account.get("coupon", coupon_id)
    account.store.save(coupon | {"times_redeemed": coupon["times_redeemed"] + 1})


def retrieve(account: Account, values: Json, coupon: str) -> Json:
    return current(account, account.get("coupon", coupon, param="coupon"))


def list_coupons(account: Account, values: Json) -> Json:
    found = lists.page(account, "coupon", "/v1/coupons", values)
    return found | {"data": [current(account, coupon) for coupon in found["data"]]}


OPERATIONS = [
    Operation("POST", "/v1/coupons", create, CREATE),
    Operation("GET", "/v1/coupons", list_coupons, {**lists.PAGING, "created": params.created()}),
    Operation("GET", "/v1/coupons/{coupon}", retrieve, {}),
]
