"""Checkout sessions: create, retrieve, list, line items, expire."""

from .. import events, lists, money, params
from ..account import Account
from ..errors import StripeError, invalid
from ..operation import Operation
from ..store import Json
from . import coupons, line_items, payment_intents, session_shape, shipping_rates

SHORTEST, LONGEST = 30 * 60, 24 * 60 * 60
LOCALES = (
    "auto bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hr hu id it ja ko lt lv ms mt nb nl pl pt "
    "pt-BR ro ru sk sl sv th tr vi zh zh-HK zh-TW"
).split()
# The method whose money arrives days later, by currency.
DELAYED = {"eur": "sepa_debit", "usd": "us_bank_account", "gbp": "bacs_debit", "jpy": "konbini"}
OTHER_DELAYED = "customer_balance"

_ADDRESS = {name: params.text() for name in ("city", "country", "line1", "line2", "postal_code", "state")}
_SHIPPING = {
    "address": params.nested(_ADDRESS, required=True),
    "name": params.text(required=True),
    "carrier": params.text(),
    "phone": params.text(),
    "tracking_number": params.text(),
}
_PAYMENT_INTENT_DATA = {
    "description": params.text(longest=1000),
    "metadata": params.metadata(),
    "receipt_email": params.text(),
    "shipping": params.nested(_SHIPPING),
    "statement_descriptor": params.text(longest=22),
    "statement_descriptor_suffix": params.text(longest=22),
    "capture_method": params.choice("automatic", "automatic_async"),
    "application_fee_amount": params.unmodelled(),
    "on_behalf_of": params.unmodelled(),
    "setup_future_usage": params.unmodelled(),
    "transfer_data": params.unmodelled(),
    "transfer_group": params.unmodelled(),
}
_METHODS = params.items(params.text())
_UNMODELLED = (
    "adaptive_pricing after_expiration allow_promotion_codes automatic_tax billing_address_collection "
    "branding_settings consent_collection custom_fields customer customer_account customer_update "
    "integration_identifier invoice_creation managed_payments name_collection optional_items "
    "origin_context payment_method_collection payment_method_configuration payment_method_data "
    "payment_method_options permissions phone_number_collection redirect_on_completion return_url "
    "saved_payment_method_options setup_intent_data shipping_address_collection subscription_data "
    "tax_id_collection wallet_options"
).split()
CREATE = {
    "allowed_payment_method_types": _METHODS,
    "cancel_url": params.url(),
    "client_reference_id": params.text(longest=200),
    "currency": params.currency(),
    "custom_text": params.nested({"submit": params.nested({"message": params.text(longest=1200)})}),
    "customer_creation": params.choice("if_required"),
    "customer_email": params.text(longest=800),
    "discounts": params.items(params.nested({"coupon": params.text(), "promotion_code": params.unmodelled()}), most=1),
    "excluded_payment_method_types": _METHODS,
    "expires_at": params.integer(),
    "line_items": params.items(params.nested(line_items.LINE_ITEM)),
    "locale": params.choice(*LOCALES),
    "metadata": params.metadata(),
    "mode": params.choice("payment", "setup", "subscription", required=True),
    "payment_intent_data": params.nested(_PAYMENT_INTENT_DATA),
    "shipping_options": params.items(params.nested(shipping_rates.SHIPPING_OPTION), most=5),
    "submit_type": params.choice("auto", "book", "donate", "pay", "subscribe"),
    "success_url": params.url(),
    "ui_mode": params.choice("elements", "embedded_page", "form", "hosted_page"),
    **{name: params.unmodelled() for name in _UNMODELLED},
}
LIST = {
    **lists.PAGING,
    "created": params.created(),
    "customer": params.text(),
    "customer_details": params.nested({"email": params.text(required=True)}),
    "payment_intent": params.text(),
    "payment_link": params.text(),
    "status": params.choice("complete", "expired", "open"),
    "subscription": params.text(),
}


def create(account: Account, values: Json) -> Json:
    """An open session, and the page where it is paid. Nothing is charged and no PaymentIntent exists yet."""
    now = account.now()
    expires_at = _check(values, now)
    lines = [line_items.build(account, line, f"line_items[{index}]") for index, line in enumerate(values["line_items"])]
    currency = _one_currency(lines, values.get("currency"))
    rates = [
        shipping_rates.build(account, option, currency, f"shipping_options[{index}]")
        for index, option in enumerate(values.get("shipping_options", []))
    ]
    coupon = coupons.redeemable(account, values["discounts"][0].get("coupon")) if values.get("discounts") else None
    discount = line_items.discounted(lines, coupon)
    options = [shipping_rates.option(rate) for rate in rates]
    session = session_shape.build(account, values, currency, _method_types(values, currency)) | {
        "created": now,
        "expires_at": expires_at,
        "discounts": [{"coupon": coupon["id"], "promotion_code": None}] if coupon else [],
        "shipping_options": options,
        **totals(lines, discount, options[0] if options else None),
    }
    _check_amount(session["amount_total"], currency)
    if session["amount_total"] == 0:
        session["payment_status"] = "no_payment_required"
    private = {"line_items": lines, "payment_intent_data": values.get("payment_intent_data", {})}
    return account.store.add(session, private)


def totals(lines: list[Json], discount: int, shipping: Json | None) -> Json:
    """The amounts of a session, in minor units: the lines, less the discount, with the chosen shipping."""
    subtotal = sum(line["amount_subtotal"] for line in lines)
    carriage = shipping["shipping_amount"] if shipping else 0
    return {
        "amount_subtotal": subtotal,
        "amount_total": subtotal - discount + carriage,
        "shipping_cost": shipping_rates.cost(shipping) if shipping else None,
        "total_details": {"amount_discount": discount, "amount_shipping": carriage, "amount_tax": 0},
    }


def _check(values: Json, now: int) -> int:
    """What a payment session needs; returns when it will expire."""
    if values["mode"] != "payment":
        raise invalid("The Stripe sandbox models only sessions in `payment` mode.", param="mode")
    if values.get("ui_mode", "hosted_page") != "hosted_page":
        raise invalid("The Stripe sandbox models only the hosted page.", param="ui_mode")
    for name in ("success_url", "line_items"):
        if not values.get(name):
            raise params.absent(name)
    expires_at = values.get("expires_at", now + LONGEST)
    if expires_at < now + SHORTEST:
        raise invalid(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.", param="expires_at"
        )
    if expires_at > now + LONGEST:
        raise invalid(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.", param="expires_at"
        )
    email = values.get("customer_email")
    if email is not None and ("@" not in email[1:-1] or any(letter.isspace() for letter in email)):
        raise invalid(f"Invalid email address: {email}", param="customer_email", code="email_invalid")
    return expires_at


def _one_currency(lines: list[Json], declared: str | None) -> str:
    currencies = {line["currency"] for line in lines} | ({declared} if declared else set())
    if len(currencies) > 1:
        message = "All line items must have the same currency. You passed: " + ", ".join(sorted(currencies))
        raise invalid(message, param="line_items")
    currency = currencies.pop()
    if currency not in money.SUPPORTED:
        raise invalid(f"Invalid currency: {currency}.", param="line_items[0][price_data][currency]")
    return currency


def _check_amount(total: int, currency: str) -> None:
    if 0 < total < money.minimum(currency):
        least = money.display(money.minimum(currency), currency)
        message = f"The Checkout Session's total amount due must add up to at least {least} {currency}"
        raise StripeError(message, code="amount_too_small", param="line_items")
    if total > money.MAXIMUM:
        most = money.display(money.MAXIMUM, currency)
        message = f"The Checkout Session's total amount due must be no more than {most} {currency}"
        raise StripeError(message, code="amount_too_large", param="line_items")
    if total % money.step(currency):
        message = f"Invalid amount: {currency} amounts must be divisible by {money.step(currency)}"
        raise StripeError(message, param="line_items")


def _method_types(values: Json, currency: str) -> list[str]:
    methods = ["card", DELAYED.get(currency, OTHER_DELAYED)]
    allowed = values.get("allowed_payment_method_types") or methods
    excluded = values.get("excluded_payment_method_types", [])
    left = [method for method in methods if method in allowed and method not in excluded]
    if not left:
        raise invalid("No valid payment method types for this Checkout Session.", param="allowed_payment_method_types")
    return left


def retrieve(account: Account, values: Json, session: str) -> Json:
    return account.get("checkout.session", session, param="session")


def list_sessions(account: Account, values: Json) -> Json:
    filters = {
        name: values.get(name) for name in ("payment_intent", "status", "customer", "payment_link", "subscription")
    }
    if "customer_details" in values:
        filters["customer_details.email"] = values["customer_details"]["email"]
    return lists.page(account, "checkout.session", "/v1/checkout/sessions", values, **filters)


def list_line_items(account: Account, values: Json, session: str) -> Json:
    """The lines in their order, a page at a time."""
    retrieve(account, {}, session)
    lines = account.store.private(session)["line_items"]
    places = {line["id"]: index for index, line in enumerate(lines)}
    for cursor in ("starting_after", "ending_before"):
        if cursor in values and values[cursor] not in places:
            raise invalid(f"No such item: '{values[cursor]}'", param=cursor, code="resource_missing")
    first = places[values["starting_after"]] + 1 if "starting_after" in values else 0
    last = places[values["ending_before"]] if "ending_before" in values else len(lines)
    limit = values.get("limit", 10)
    if "ending_before" in values:
        first = max(first, last - limit)
    found = lines[first:last][:limit]
    more = first > 0 if "ending_before" in values else last - first > limit
    return lists.as_list(found, f"/v1/checkout/sessions/{session}/line_items", has_more=more)


def expire(account: Account, values: Json, session: str) -> Json:
    """Close an open session so that nobody can pay it any more; any other status is Stripe's 400."""
    found = retrieve(account, {}, session)
    if found["status"] != "open":
        raise StripeError(
            'Only Checkout Sessions with a status in ["open"] can be expired. '
            f"This Checkout Session has a status of `{found['status']}`.",
        )
    return close(account, found)


def close(account: Account, session: Json) -> Json:
    """Turn an open session into an expired one, cancel what was tried, and say so."""
    session |= {"status": "expired", "url": None}
    if session["payment_intent"]:
        payment_intents.cancel(account, session["payment_intent"], "expired")
    account.store.save(session)
    events.emit(account, "checkout.session.expired", session)
    return session


def expire_overdue(account: Account) -> None:
    """What Stripe does by itself: open sessions past their time become expired."""
    sql = (
        "SELECT id FROM objects WHERE type = 'checkout.session' AND json_extract(body, '$.status') = 'open' "
        "AND json_extract(body, '$.expires_at') <= ?"
    )
    for row in account.store.rows(sql, (account.now(),)):
        close(account, account.get("checkout.session", row["id"]))


OPERATIONS = [
    Operation("POST", "/v1/checkout/sessions", create, CREATE),
    Operation("GET", "/v1/checkout/sessions", list_sessions, LIST),
    Operation("GET", "/v1/checkout/sessions/{session}", retrieve, {}),
    Operation("GET", "/v1/checkout/sessions/{session}/line_items", list_line_items, lists.PAGING),
    Operation("POST", "/v1/checkout/sessions/{session}/expire", expire, {}),
]
