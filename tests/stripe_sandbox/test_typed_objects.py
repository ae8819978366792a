"""Every answer parses into the library's typed objects: no required field is missing, none is of another type."""

import inspect
import types
import typing
from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from .conftest import Create, line
from .endpoint import Endpoint
from .process import DISPUTED, NEEDS_3DS, Sandbox

PLAIN = (bool, int, float, str, list)


def flaws(thing: Any, path: str) -> Iterator[str]:
    """What the object's class demands and the object does not have, here and below."""
    if isinstance(thing, list):
        for index, entry in enumerate(thing):
            yield from flaws(entry, f"{path}[{index}]")
    if not isinstance(thing, stripe.StripeObject):
        return
    values = {name: thing[name] for name in thing.to_dict()}
    for name, annotation in annotations(type(thing)).items():
        if name in values:
            yield from misfits(values[name], annotation, f"{path}.{name}")
        elif not is_optional(annotation):
            yield f"{path}.{name} is missing"
    for name, value in values.items():
        yield from flaws(value, f"{path}.{name}")


def annotations(kind: type) -> dict[str, Any]:
    """The fields that the library declares for a class of objects."""
    found: dict[str, Any] = {}
    for base in kind.__mro__:
        if (
            issubclass(base, stripe.StripeObject)
            and base.__module__.startswith("stripe.")
            and base.__name__ not in BASES
        ):
            found |= {n: a for n, a in inspect.get_annotations(base).items() if not is_class_variable(n, a)}
    return found


BASES = {"StripeObject", "APIResource", "ListableAPIResource", "CreateableAPIResource", "UpdateableAPIResource"}


def is_class_variable(name: str, annotation: Any) -> bool:
    return name.startswith("_") or name.isupper() or typing.get_origin(annotation) is typing.ClassVar


def members(annotation: Any) -> Iterator[Any]:
    """The alternatives of an annotation."""
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        for member in typing.get_args(annotation):
            yield from members(member)
    else:
        yield annotation


def is_optional(annotation: Any) -> bool:
    return type(None) in members(annotation)


def misfits(value: Any, annotation: Any, path: str) -> Iterator[str]:
    """A null where none may be, a value outside the declared ones, a plain value of the wrong type."""
    if value is None:
        if not is_optional(annotation):
            yield f"{path} is null"
        return
    kinds = list(members(annotation))
    declared = [word for kind in kinds if typing.get_origin(kind) is typing.Literal for word in typing.get_args(kind)]
    if declared and isinstance(value, str) and value not in declared:
        yield f"{path} is {value!r}, which the library does not know"
    plain = tuple(kind for kind in kinds if kind in PLAIN)
    if plain and len(plain) == len([kind for kind in kinds if kind is not type(None)]) and not isinstance(value, plain):
        yield f"{path} is {value!r}, not {plain}"


def test_the_check_itself_finds_what_is_missing() -> None:
    broken = stripe.Refund.construct_from(
        {"id": "re_1", "object": "refund", "amount": "5", "reason": "mood"}, "sk_test_x"
    )
    found = list(flaws(broken, "refund"))
    assert "refund.currency is missing" in found
    assert "refund.reason is 'mood', which the library does not know" in found
    assert "refund.amount is '5', not (<class 'int'>,)" in found


@pytest.fixture
def history(create: Create, client: stripe.StripeClient, sandbox: Sandbox) -> None:
    """Everything the sandbox can do, once."""
    rate = {
        "display_name": "Standard",
        "fixed_amount": {"amount": 490, "currency": "eur"},
        "delivery_estimate": {"minimum": {"unit": "business_day", "value": 2}},
    }
    coupon = client.v1.coupons.create({"percent_off": 10, "name": "Welcome"})
    address = {"line1": "Calle 1", "city": "Haro", "postal_code": "26200", "country": "ES"}
    session = create(
        shipping_options=[{"shipping_rate_data": rate}],
        discounts=[{"coupon": coupon.id}],
        customer_email="ada@example.com",
        locale="es",
        submit_type="pay",
        custom_text={"submit": {"message": "Thank you"}},
        payment_intent_data={"shipping": {"name": "Ada", "address": address}, "description": "Order 7"},
    )
    sandbox.pay(session.id, card="4000000000000002")
    paid = sandbox.pay(session.id)["session"]
    client.v1.refunds.create({"payment_intent": paid["payment_intent"], "amount": 100, "reason": "duplicate"})
    failed = client.v1.refunds.create({"payment_intent": paid["payment_intent"], "amount": 100})
    sandbox.control("POST", f"refunds/{failed.id}/fail")
    for number in (NEEDS_3DS, "378282246310005"):
        sandbox.pay(create().id, card=number, authenticate=True)
    sandbox.pay(create().id, card=NEEDS_3DS, authenticate=False)
    sandbox.pay(create().id, card=NEEDS_3DS)
    for currency, method in (
        ("eur", "sepa_debit"),
        ("usd", "us_bank_account"),
        ("gbp", "bacs_debit"),
        ("jpy", "konbini"),
    ):
        for outcome in ("succeed", "fail"):
            delayed = create(line_items=[line(currency=currency)])
            sandbox.pay(delayed.id, method=method)
            sandbox.settle(delayed.id, outcome=outcome)
    sandbox.pay(create().id, card=DISPUTED)
    dispute = client.v1.disputes.list({}).data[0]
    client.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": "winning_evidence"}, "submit": True})
    client.v1.checkout.sessions.expire(create().id)
    sandbox.pay(create(line_items=[line(0)]).id)


@pytest.mark.usefixtures("history")
def test_everything_the_api_lists_is_complete(client: stripe.StripeClient) -> None:
    api = client.v1
    deep = {"limit": 100, "expand": ["data.line_items.data.price.product", "data.total_details.breakdown"]}
    listed: dict[str, Any] = {
        "session": api.checkout.sessions.list(typing.cast(Any, deep)),
        "intent": api.payment_intents.list({"limit": 100, "expand": ["data.payment_method"]}),
        "charge": api.charges.list({"limit": 100, "expand": ["data.balance_transaction", "data.refunds"]}),
        "refund": api.refunds.list({"limit": 100}),
        "dispute": api.disputes.list({}),
        "coupon": api.coupons.list({}),
        "balance": api.balance_transactions.list({"limit": 100}),
        "price": api.prices.list({}),
        "product": api.products.list({}),
    }
    for name, found in listed.items():
        assert found.data, f"no {name} was made"
        assert list(flaws(found.data, name)) == []


@pytest.mark.usefixtures("history")
def test_every_event_is_complete_and_carries_a_complete_object(client: stripe.StripeClient, endpoint: Endpoint) -> None:
    events = list(client.v1.events.list({"limit": 100}).auto_paging_iter())
    assert len({event.type for event in events}) >= 20
    assert list(flaws(events, "event")) == []
    endpoint.wait_for("checkout.session.expired")
    assert list(flaws(endpoint.received, "delivery")) == []
