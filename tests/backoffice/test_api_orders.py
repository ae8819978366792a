"""Other programs make orders: once by their number, whole or not at all, at the shop's prices."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from backoffice.models import ApiOrder
from cart import defaults
from cart.models import Cart
from orders import services as orders
from orders.models import LineItem, Order, OrderEmail
from payment import services as payments
from shop.models import Variant
from tests.checkout import ADDRESS, pay
from tests.factories import VariantFactory
from tests.races import run_together

from .programs import BODY, Program

pytestmark = pytest.mark.django_db

WHERE = {
    "fullName": ADDRESS["full_name"],
    "address1": ADDRESS["address1"],
    "postcode": ADDRESS["postcode"],
    "city": ADDRESS["city"],
    "country": "DE",
}


@pytest.fixture(autouse=True)
def _rules(db: None) -> None:
    defaults.load()


@pytest.fixture
def program() -> Program:
    return Program()


def problems(answer: Any, status: int = 422) -> dict[str, str]:
    """Field -> why, of an answer that made nothing."""
    assert answer.status_code == status, answer.content
    assert not Order.objects.exists()
    assert not ApiOrder.objects.exists()
    assert not Cart.objects.exists()
    assert not Variant.objects.filter(reserved__gt=0).exists()
    return {error["field"]: error["message"] for error in answer.json()["errors"]}


def test_an_order_of_an_amount_is_answered_as_agreed(program: Program, nudges: list[Any], settings: Any) -> None:
    answer = program.post()
    order = Order.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {
        "message": "Order #123 created. Email sent to customer@example.com.",
        "data": {
            "message": "Order created successfully!",
            "orderId": "123",
            "orderNumber": order.number,
            "status": "pending",
            "fulfilment": "unfulfilled",
            "totalAmount": "150.00",
            "currency": "EUR",
            "statusUrl": f"{settings.SITE_URL}/api/orders/{order.number}/",
            "paymentUrl": f"{settings.SITE_URL}/orders/{order.token}/",
        },
    }
    assert nudges == [
        ("orders.tasks.send_order_confirmation_email", order.pk),
        ("payment.tasks.process_payment", order.pk),
    ]
    assert [mail.to for mail in OrderEmail.objects.filter(order=order)] == ["customer@example.com"]
    assert [(event.kind, event.actor) for event in order.events.all()] == [("placed", "API: ERP")]


def test_an_amount_is_one_line_without_stock_or_shipping_taxed_at_the_shops_default(program: Program) -> None:
    program.post()
    order, line = Order.objects.get(), LineItem.objects.get()
    assert (order.total, order.shipping, order.tax) == (150, 0, Decimal("23.95"))  # 150 * 19 / 119
    assert (line.name, line.variant, line.quantity, line.tax_rate) == ("Order 123", None, 1, 19)
    assert line.units_to_ship == 0
    payments.refresh(order.pk)  # process_payment without a session
    order.refresh_from_db()
    assert order.status == Order.Status.PENDING
    pay(order)
    assert not Order.objects.to_ship().exists()
    assert order.invoices.get().content["taxes"] == [{"rate": "19", "net": "126.050", "tax": "23.950"}]


def test_an_amount_contains_its_tax_also_where_prices_do_not(program: Program, settings: Any) -> None:
    settings.SHOP_PRICES_INCLUDE_TAX = False
    program.post()
    assert Order.objects.get().total == 150


def test_the_same_body_again_is_the_same_order(program: Program) -> None:
    first = program.post()
    for same in (program.post(), program.post(totalAmount="150.000"), program.post(orderId=123, userId="1")):
        assert same.status_code == 200
        assert same.json() == first.json()
    assert Order.objects.count() == 1
    assert OrderEmail.objects.count() == 1


@pytest.mark.parametrize("change", [{"totalAmount": 151}, {"userId": 2}, {"customerEmail": "other@example.com"}])
def test_the_same_number_with_another_body_is_a_conflict(program: Program, change: dict[str, Any]) -> None:
    program.post()
    answer = program.post(**change)
    assert answer.status_code == 409
    assert answer.json()["errors"][0]["field"] == "orderId"
    assert Order.objects.count() == 1


def test_two_programs_may_use_the_same_number() -> None:
    assert [Program(name=name).post().status_code for name in ("ERP", "Till")] == [201, 201]


def test_items_are_priced_by_the_shop_with_shipping(program: Program) -> None:
    bottle = VariantFactory(price=12, stock=5)
    items = [{"sku": bottle.sku, "quantity": 2}]
    wrong = problems(program.post(items=items, totalAmount=24, address=WHERE))
    assert wrong == {"totalAmount": "is 30.90 EUR by the shop's prices: goods 24.00, shipping 6.90"}
    answer = program.post(items=items, totalAmount=30.90, address=WHERE, ageConfirmed=True, language="ru")
    assert answer.status_code == 201
    order = Order.objects.get()
    assert (order.total, order.full_name, order.postcode, order.language) == (Decimal("30.9"), "Kim Doe", "10115", "ru")
    assert order.age_confirmed_at
    assert answer.json()["data"]["paymentUrl"].endswith(f"/ru/orders/{order.token}/")
    bottle.refresh_from_db()
    assert bottle.reserved == 2


def test_goods_without_an_address_wait_for_one(program: Program) -> None:
    bottle = VariantFactory(price=12)
    answer = program.post(items=[{"sku": bottle.sku, "quantity": 1}], totalAmount="18.90")
    assert answer.status_code == 201
    order = Order.objects.get()
    assert (order.country, order.age_confirmed_at) == ("DE", None)
    pay(order)
    assert Order.objects.to_ship().get() == order
    assert "no address" in orders.why_not_to_ship(order)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"orderId": ""}, "orderId"),
        ({"orderId": "x" * 65}, "orderId"),
        ({"orderId": "a\nb"}, "orderId"),
        ({"orderId": "a\x00b"}, "orderId"),
        ({"orderId": "\ud800"}, "orderId"),
        ({"orderId": True}, "orderId"),
        ({"orderId": None}, "orderId"),
        ({"userId": [1]}, "userId"),
        ({"totalAmount": -1}, "totalAmount"),
        ({"totalAmount": 0}, "totalAmount"),
        ({"totalAmount": 0.01}, "totalAmount"),
        ({"totalAmount": 1.005}, "totalAmount"),
        ({"totalAmount": 1e400}, None),
        ({"totalAmount": 10**12}, "totalAmount"),
        ({"totalAmount": 10**8}, "totalAmount"),
        ({"totalAmount": "NaN"}, "totalAmount"),
        ({"totalAmount": "abc"}, "totalAmount"),
        ({"totalAmount": True}, "totalAmount"),
        ({"totalAmount": "9" * 5000}, "totalAmount"),
        ({"customerEmail": "kim"}, "customerEmail"),
        ({"customerEmail": "kim@example.com\r\nBcc: x@example.com"}, "customerEmail"),
        ({"customerEmail": "k" * 250 + "@example.com"}, "customerEmail"),
        ({"items": []}, "items"),
        ({"items": {}}, "items"),
        ({"items": [{"sku": "none", "quantity": 1}]}, "items.0.sku"),
        ({"items": [{"sku": "BOTTLE", "quantity": 0}]}, "items.0.quantity"),
        ({"items": [{"sku": "BOTTLE", "quantity": 1.5}]}, "items.0.quantity"),
        ({"items": [{"sku": "BOTTLE", "quantity": 11}]}, "items.0.quantity"),
        ({"items": [{"sku": "BOTTLE", "quantity": 1}, {"sku": "BOTTLE", "quantity": 1}]}, "items.1.sku"),
        ({"items": [{"sku": "BOTTLE"}]}, "items.0.quantity"),
        ({"item": []}, "item"),
        ({"language": "xx"}, "language"),
        ({"address": {**WHERE, "postcode": "1"}}, "address.postcode"),
        ({"address": {**WHERE, "country": "AQ"}}, "address.country"),
        ({"address": {**WHERE, "fullName": ""}}, "address.fullName"),
        ({"address": {**WHERE, "fullName": "สมชาย"}}, "address.fullName"),
        ({"orderId": "🍷-7"}, "orderId"),
    ],
)
def test_bad_input_names_the_field_and_makes_nothing(program: Program, change: dict[str, Any], field: str) -> None:
    VariantFactory(sku="BOTTLE", price=12)
    answer = program.post(**change)
    assert list(problems(answer, 422 if field else 400)) == ([field] if field else [])


@pytest.mark.parametrize("name", ["orderId", "userId", "totalAmount", "customerEmail"])
def test_what_is_missing_is_named(program: Program, name: str) -> None:
    assert list(problems(program.post({key: value for key, value in BODY.items() if key != name}))) == [name]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[", b"{'a': 1}", b"\xff", b"NaN", b'{"totalAmount": Infinity}', b"[" * 100_000, b"9" * 5000],
)
def test_75_malformed_json_is_a_400_in_json(program: Program, body: bytes) -> None:
    answer = program.post(body)
    assert answer.status_code == (422 if body == b"" else 400)
    assert answer.json()["message"]
    assert not Order.objects.exists()


@pytest.mark.parametrize("body", [[], "text", 1, None, [[1]]])
def test_75_json_of_another_shape_is_refused(program: Program, body: Any) -> None:
    raw = b"null" if body is None else body
    assert "body" in problems(program.post(raw))


def test_74_a_large_body_is_a_413_in_json(program: Program) -> None:
    answer = program.post(b" " * 2_621_441)
    assert (answer.status_code, answer["Content-Type"]) == (413, "application/json")


def test_the_program_asks_how_its_own_order_is(program: Program) -> None:
    made = program.post().json()["data"]
    url = made["statusUrl"].partition("//")[2].partition("/")[2]
    assert program.get(f"/{url}").json() == {name: value for name, value in made.items() if name != "message"}
    pay(Order.objects.get())
    assert program.get(f"/{url}").json()["status"] == "paid"


def test_78_another_programs_order_is_not_found(program: Program) -> None:
    number = program.post().json()["data"]["orderNumber"]
    answer = Program(name="Other").get(f"/api/orders/{number}/")
    assert (answer.status_code, list(answer.json())) == (404, ["message", "errors"])
    Order.objects.create(
        country="DE", total=1, subtotal=1, expires_at=Order.objects.get().expires_at, number="2222-2222"
    )
    assert program.get("/api/orders/2222-2222/").status_code == 404


def test_the_customers_page_shows_an_amount_without_goods(program: Program, client: Client) -> None:
    program.post()
    order = Order.objects.get()
    page = client.get(order.get_absolute_url()).content.decode()
    assert "Order 123" in page
    assert "Pay now" in page
    assert "Ship to" not in page
    assert "each" not in page.split('class="lines"')[1].split("</table>")[0]
    pay(order)
    page = client.get(order.get_absolute_url()).content.decode()
    assert "pack your order next" not in page
    assert "We send the receipt to customer@example.com." in page


@pytest.mark.needs("postgres")
@pytest.mark.django_db(transaction=True)
def test_the_same_request_at_the_same_moment_is_one_order() -> None:
    defaults.load()
    bottle = VariantFactory(price=12, stock=1)  # the last one: whoever is second must not find the shelf empty
    program = Program()

    def ask() -> int:
        answer = program.post(items=[{"sku": bottle.sku, "quantity": 1}], totalAmount="18.90")
        return int(answer.status_code)

    outcomes = run_together([ask] * 16, connections=8)
    assert sorted(outcomes) == [200] * 15 + [201]
    assert Order.objects.count() == ApiOrder.objects.count() == Cart.objects.count() == 1
