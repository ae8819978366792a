"""What the API refuses, in Stripe's words; and its form encoding."""

from typing import Any

import httpx
import pytest
import stripe
from hypothesis import given, strategies
from stripe._encode import _api_encode

from stripe_sandbox import forms

from .cli import KEY
from .conftest import Create, line
from .process import Sandbox


@pytest.mark.parametrize(
    ("values", "code", "param", "words"),
    [
        ({"nonsense": "1"}, "parameter_unknown", "nonsense", "Received unknown parameter: nonsense"),
        (
            {"line_items": [{**line(), "colour": "red"}]},
            "parameter_unknown",
            "line_items[0][colour]",
            r"unknown parameter: line_items\[0\]\[colour\]",
        ),
        ({"mode": "gift"}, None, "mode", "must be one of payment, setup, or subscription"),
        ({"line_items": []}, "parameter_missing", "line_items", "Missing required param: line_items"),
        ({"line_items": [{"quantity": 1}]}, "parameter_missing", "line_items[0][price_data]", "Missing required param"),
        ({"line_items": [line(-5)]}, "parameter_invalid_integer", "line_items[0][price_data][unit_amount]", "Invalid"),
        ({"line_items": [line(5, 0)]}, "parameter_invalid_integer", "line_items[0][quantity]", "positive integer"),
        (
            {"line_items": [{**line(), "quantity": "two"}]},
            "parameter_invalid_integer",
            "line_items[0][quantity]",
            "two",
        ),
        (
            {"line_items": [{"price": "price_none", "quantity": 1}]},
            "resource_missing",
            "line_items[0][price]",
            "No such",
        ),
        ({"line_items": [line(), line(currency="usd")]}, None, "line_items", "same currency"),
        ({"line_items": [line(currency="abc")]}, None, "line_items[0][price_data][currency]", "Invalid currency"),
        ({"line_items": [line(name="")]}, "parameter_invalid_empty", None, "empty string"),
        ({"success_url": "/relative/"}, "url_invalid", "success_url", "Not a valid URL"),
        ({"customer_email": "nobody"}, "email_invalid", "customer_email", "Invalid email"),
        ({"client_reference_id": "x" * 201}, None, "client_reference_id", "at most 200"),
        ({"locale": "xx"}, None, "locale", "must be one of"),
        ({"metadata": {"k" * 41: "v"}}, None, None, "keys up to 40"),
        ({"metadata": {f"k{n}": "v" for n in range(51)}}, None, "metadata", "at most 50"),
        ({"discounts": [{"coupon": "none"}]}, "resource_missing", "discounts[0][coupon]", "No such coupon"),
    ],
)
def test_invalid_parameters_are_refused_as_stripe_refuses_them(
    create: Create, sandbox: Sandbox, values: dict[str, Any], code: str | None, param: str | None, words: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=words) as refusal:
        create(**values)
    assert refusal.value.code == code
    assert param is None or refusal.value.param == param
    assert sandbox.sessions() == []


@pytest.mark.parametrize(
    "body",
    [
        b"mode=payment&mode[x]=1",
        b"a[b]=1&a=2",
        b"[x]=1",
        b"a[b",
        b"mode=%ff%fe",
        b"a" + b"[b]" * 50 + b"=1",
        b"mode=a%00b",
    ],
)
def test_malformed_bodies_are_a_400(sandbox: Sandbox, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/x-www-form-urlencoded"}
    answer = httpx.post(f"{sandbox.url}/v1/checkout/sessions", content=body, headers=headers, trust_env=False)
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"


names = strategies.from_regex(r"[a-z_]{1,8}", fullmatch=True)
trees = strategies.recursive(
    strategies.text(max_size=12),
    lambda inner: (
        strategies.lists(inner, min_size=1, max_size=3) | strategies.dictionaries(names, inner, min_size=1, max_size=3)
    ),
    max_leaves=8,
)


@given(strategies.dictionaries(names, trees, max_size=4))
def test_whatever_the_library_encodes_is_decoded_the_same(values: dict[str, Any]) -> None:
    pairs = [(key, value) for key, value in _api_encode(values)]
    assert forms.decode(str(httpx.QueryParams(pairs))) == values
