"""The many fields of a checkout session, in the order of Stripe's reference."""

from ..account import Account
from ..ids import new_id
from ..store import Json


def build(account: Account, values: Json, currency: str, method_types: list[str]) -> Json:
    """An open, unpaid session without its amounts; null stands for what the sandbox does not model."""
    session_id = new_id("cs_test_a1", 58)
    email = values.get("customer_email")
    return {
        "id": session_id,
        "object": "checkout.session",
        "adaptive_pricing": {"enabled": False},
        "after_expiration": None,
        "allow_promotion_codes": None,
        "allowed_payment_method_types": values.get("allowed_payment_method_types"),
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": None,
        "branding_settings": None,
        "cancel_url": values.get("cancel_url"),
        "client_reference_id": values.get("client_reference_id"),
        "client_secret": None,
        "collected_information": None,
        "consent": None,
        "consent_collection": None,
        "currency": currency,
        "currency_conversion": None,
        "custom_fields": [],
        "custom_text": {
            "after_submit": None,
            "shipping_address": None,
            "submit": values.get("custom_text", {}).get("submit"),
            "terms_of_service_acceptance": None,
        },
        "customer": None,
        "customer_account": None,
        "customer_creation": values.get("customer_creation", "if_required"),
        "customer_details": details(email) if email else None,
        "customer_email": email,
        "excluded_payment_method_types": values.get("excluded_payment_method_types"),
        "integration_identifier": None,
        "invoice": None,
        "invoice_creation": None,
        "livemode": False,
        "locale": values.get("locale"),
        "managed_payments": {"enabled": False},
        "metadata": values.get("metadata", {}),
        "mode": "payment",
        "name_collection": None,
        "optional_items": None,
        "origin_context": None,
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": "if_required",
        "payment_method_configuration_details": None,
        "payment_method_options": {},
        "payment_method_types": method_types,
        "payment_status": "unpaid",
        "permissions": None,
        "phone_number_collection": {"enabled": False},
        "presentment_details": None,
        "recovered_from": None,
        "redirect_on_completion": None,
        "return_url": None,
        "saved_payment_method_options": None,
        "setup_intent": None,
        "shipping_address_collection": None,
        "status": "open",
        "submit_type": values.get("submit_type"),
        "subscription": None,
        "success_url": values["success_url"],
        "tax_id_collection": {"enabled": False, "required": "never"},
        "ui_mode": "hosted_page",
        "url": f"{account.config.public_url}/c/pay/{session_id}",
        "wallet_options": None,
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
