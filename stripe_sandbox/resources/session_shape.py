"""The many fields of a checkout session."""

from ..account import Account
from ..ids import new_id
from ..store import Json

# Null in a new session: what comes later, and what the sandbox does not model.
_BLANK = (
    "after_expiration allow_promotion_codes billing_address_collection branding_settings client_secret "
    "collected_information consent consent_collection currency_conversion customer customer_account "
    "integration_identifier invoice invoice_creation name_collection optional_items origin_context payment_intent "
    "payment_link payment_method_configuration_details permissions presentment_details recovered_from "
    "redirect_on_completion return_url saved_payment_method_options setup_intent shipping_address_collection "
    "subscription wallet_options"
).split()
_TEXTS = ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")


def build(account: Account, values: Json, currency: str, method_types: list[str]) -> Json:
    """An open, unpaid session without its amounts."""
    session_id = new_id("cs_test_a1", 58)
    email = values.get("customer_email")
    return {
        **dict.fromkeys(_BLANK),
        "id": session_id,
        "object": "checkout.session",
        "adaptive_pricing": {"enabled": False},
        "allowed_payment_method_types": values.get("allowed_payment_method_types"),
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "cancel_url": values.get("cancel_url"),
        "client_reference_id": values.get("client_reference_id"),
        "currency": currency,
        "custom_fields": [],
        "custom_text": dict.fromkeys(_TEXTS) | values.get("custom_text", {}),
        "customer_creation": values.get("customer_creation", "if_required"),
        "customer_details": details(email) if email else None,
        "customer_email": email,
        "excluded_payment_method_types": values.get("excluded_payment_method_types"),
        "livemode": False,
        "locale": values.get("locale"),
        "managed_payments": {"enabled": False},
        "metadata": values.get("metadata", {}),
        "mode": "payment",
        "payment_method_collection": "if_required",
        "payment_method_options": {},
        "payment_method_types": method_types,
        "payment_status": "unpaid",
        "phone_number_collection": {"enabled": False},
        "status": "open",
        "submit_type": values.get("submit_type"),
        "success_url": values["success_url"],
        "tax_id_collection": {"enabled": False, "required": "never"},
        "ui_mode": "hosted_page",
        "url": f"{account.config.public_url}/c/pay/{session_id}",
    }


def details(email: str | None, name: str | None = None, country: str | None = None) -> Json:
    """Who pays, as `customer_details` shows it."""
    address = {"city": None, "country": country, "line1": None, "line2": None, "postal_code": None, "state": None}
    return {
        "address": address if name else None,
        "business_name": None,
        "email": email,
        "individual_name": None,
        "name": name,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": [] if name else None,
    }
