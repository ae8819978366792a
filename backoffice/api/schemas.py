"""What the API takes and answers. Unknown fields are refused, so that a typing mistake is not a silent default."""

import unicodedata
from decimal import Decimal
from typing import Annotated, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from ninja import Schema
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema
from pydantic.alias_generators import to_camel

MOST_ITEMS, MOST_UNITS = 100, 10_000


def _one_line(text: str) -> str:
    if any(unicodedata.category(sign) == "Cc" for sign in text):
        raise ValueError("must not hold control characters")
    return text


def _as_text(value: Any) -> Any:
    """Programs number their rows: 123 is the same reference as "123"."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _no_boolean(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("must be a number")
    return value


def _email(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError as error:
        raise ValueError("is not an email address") from error
    return text


def _language(code: str) -> str:
    known = dict(settings.LANGUAGES)
    if code not in known:
        raise ValueError(f"must be one of {', '.join(known)}")
    return code


def _length(longest: int, shortest: int = 0) -> StringConstraints:
    return StringConstraints(strip_whitespace=True, min_length=shortest, max_length=longest)


ONE_LINE = AfterValidator(_one_line)
NUMBER_OR_TEXT = {"anyOf": [{"type": "string", "minLength": 1, "maxLength": 64}, {"type": "integer"}]}
Reference = Annotated[str, _length(64, 1), ONE_LINE, BeforeValidator(_as_text), WithJsonSchema(NUMBER_OR_TEXT)]


class ApiSchema(Schema):
    model_config = ConfigDict(alias_generator=to_camel, extra="forbid")


class Item(ApiSchema):
    """Units of one variant."""

    sku: Annotated[str, _length(40, 1), ONE_LINE] = Field(description="The variant's SKU.")
    quantity: int = Field(strict=True, ge=1, le=MOST_UNITS)


class Address(ApiSchema):
    """Where goods go. The country decides what else is required."""

    full_name: Annotated[str, _length(120, 1), ONE_LINE]
    address1: Annotated[str, _length(200, 1), ONE_LINE] = Field(description="Street and house number.")
    address2: Annotated[str, _length(200), ONE_LINE] = ""
    postcode: Annotated[str, _length(20), ONE_LINE] = ""
    city: Annotated[str, _length(100), ONE_LINE] = ""
    region: Annotated[str, _length(100), ONE_LINE] = ""
    country: Annotated[str, _length(2, 2), ONE_LINE] = Field(description="Two letters, ISO 3166.")
    phone: Annotated[str, _length(40), ONE_LINE] = ""


class NewOrder(ApiSchema):
    """An order to be made. With `items` the shop prices it; without, it is of the amount alone."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "orderId": "123",
                "userId": 1,
                "totalAmount": 150.00,
                "customerEmail": "customer@example.com",
            }
        }
    )

    order_id: Reference = Field(description="Your number of the order. The same again is the same order.")
    user_id: Reference = Field(description="Your number of the customer. The shop keeps it and looks nothing up by it.")
    total_amount: Annotated[Decimal, BeforeValidator(_no_boolean)] = Field(
        ge=0, max_digits=12, decimal_places=3, description="What is to be paid, shipping and tax included."
    )
    customer_email: Annotated[str, _length(254, 3), AfterValidator(_email)] = Field(
        description="Where the confirmation and the receipt go.", json_schema_extra={"format": "email"}
    )
    items: list[Item] | None = Field(
        None, min_length=1, max_length=MOST_ITEMS, description="What is bought. Without it the key needs custom_amount."
    )
    address: Address | None = Field(
        None, description="Without one, goods are priced for the shop's country and wait until staff know where to."
    )
    age_confirmed: bool = Field(False, strict=True, description="Whether you know the customer to be old enough.")
    language: Annotated[str, AfterValidator(_language)] | None = Field(
        None, description="Of the mails and the order's page; the shop's own by default."
    )


class Answer(Schema):
    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True)


class OrderData(Answer):
    order_id: str = Field(description="Your number of the order.")
    order_number: str = Field(description="The shop's number of the order.")
    status: str = Field(description="pending, processing, paid, canceled or expired.")
    fulfilment: str = Field(description="unfulfilled, partly or fulfilled: how much of it was shipped.")
    total_amount: str = Field(description="With as many decimal places as the currency has.")
    currency: str
    status_url: str = Field(description="This API's page of the order.")
    payment_url: str = Field(description="Where the customer pays, and follows the order.")


class CreatedData(OrderData):
    message: str


class Created(Answer):
    message: str
    data: CreatedData


class Problem(Answer):
    field: str = Field(description="As in your body, such as items.0.sku.")
    message: str


class Problems(Answer):
    """Why nothing was done."""

    message: str
    errors: list[Problem] = Field(default_factory=list)
