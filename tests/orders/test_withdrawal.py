"""The right of withdrawal: the days, the units, the statement, and the pages that guests make it on."""

import re
import uuid
from datetime import UTC, date, datetime
from html import unescape
from typing import Any

import pytest
from django.core import mail as outbox
from django.db import transaction
from django.test import Client
from django.utils import timezone

from cart import defaults
from orders import services, transitions
from orders.models import Order, OrderEmail, Shipment, Withdrawal
from orders.tasks import send_order_email
from shop import profile
from shop.models import ShopProfile
from tests.checkout import placed_order
from tests.factories import VariantFactory
from tests.races import run_together

from .test_shipping import item_of, look_without_lock, paid_order, ship, take_off

pytestmark = pytest.mark.django_db


@pytest.fixture
def order() -> Order:
    return paid_order()


def url(order: Order) -> str:
    return f"/orders/{order.token}/withdraw/"


def form(order: Order, units: Any = 3, **changes: Any) -> dict[str, Any]:
    """What the page posts."""
    named = {"name": "Kim Doe", "email": "kim@example.com", "reason": "", "key": str(uuid.uuid4())}
    return named | {f"units_{item_of(order).pk}": units} | changes


def at_noon(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("arrived", "last"),
    [
        ((2026, 6, 1), date(2026, 6, 15)),  # Monday to Monday
        ((2026, 6, 5), date(2026, 6, 19)),  # Friday to Friday
        ((2026, 6, 6), date(2026, 6, 22)),  # Saturday: the 20th is one too, so Monday
        ((2026, 6, 7), date(2026, 6, 22)),  # Sunday
        ((2026, 12, 18), date(2027, 1, 1)),
    ],
)
def test_fourteen_days_from_delivery_and_never_on_a_weekend(
    order: Order, arrived: tuple[int, int, int], last: date
) -> None:
    ship(order)
    Shipment.objects.update(shipped_at=at_noon(2026, 5, 1), delivered_at=at_noon(*arrived))
    assert services.last_day_to_withdraw(order) == last


def test_the_last_parcel_counts_and_an_unmarked_one_is_assumed_to_be_slow(order: Order) -> None:
    ship(order, {item_of(order): 1})
    Shipment.objects.update(shipped_at=at_noon(2026, 5, 1), delivered_at=at_noon(2026, 5, 4))
    assert services.last_day_to_withdraw(order) is None  # two units are still to come
    last = ship(order)
    Shipment.objects.filter(pk=last.pk).update(shipped_at=at_noon(2026, 6, 1))
    assert services.last_day_to_withdraw(order) == date(2026, 6, 29)  # 14 days on the way, 14 to decide


def test_before_anything_is_shipped_there_is_no_last_day(order: Order) -> None:
    assert services.last_day_to_withdraw(order) is None
    assert not services.why_not_to_withdraw(order)


def test_after_the_last_day_the_page_says_so_and_how_to_reach_the_shop(client: Client, order: Order) -> None:
    ship(order)
    Shipment.objects.update(shipped_at=at_noon(2026, 5, 1), delivered_at=at_noon(2026, 6, 1))
    for response in (client.get(url(order)), client.post(url(order), form(order, confirm="1"))):
        page = response.content.decode()
        assert "ended on June 15, 2026" in page
        assert "mailto:" in page
    assert not Withdrawal.objects.exists()


def test_an_unpaid_order_is_no_contract(client: Client) -> None:
    defaults.load()
    order = placed_order()
    assert "not paid" in client.get(url(order)).content.decode()
    client.post(url(order), form(order, 1, confirm="1"))
    assert not Withdrawal.objects.exists()


def test_a_guest_withdraws_in_two_steps_and_has_it_confirmed_by_mail(client: Client, order: Order) -> None:
    ship(order)
    page = client.get(url(order)).content.decode()
    assert 'value="Kim Doe"' in page
    assert order.number in page
    typed = form(order, 2, email="kim@work.example", reason="Too <b>sweet</b>")
    asked = client.post(url(order), typed).content.decode()
    assert re.search(r">\s*Confirm withdrawal\s*<", asked)
    assert not Withdrawal.objects.exists()
    response = client.post(url(order), typed | {"confirm": "1"})
    assert response["Location"] == order.get_absolute_url()
    withdrawal = Withdrawal.objects.get()
    assert [(line.line_item, line.quantity) for line in withdrawal.lines.all()] == [(item_of(order), 2)]
    order.refresh_from_db()
    assert "Withdrawal of" in order.attention
    assert order.events.get(kind="withdrawn").actor == "shopper"
    shown = client.get(order.get_absolute_url()).content.decode()
    assert "withdrew from the contract" in shown


def test_the_acknowledgment_holds_the_statement_with_date_and_time(client: Client, order: Order) -> None:
    client.post(url(order), form(order, 2, email="kim@work.example", reason="Too <b>sweet</b>", confirm="1"))
    owed = OrderEmail.objects.get(kind=OrderEmail.Kind.WITHDRAWAL)
    send_order_email(owed.pk)
    sent = next(message for message in outbox.outbox if message.to == ["kim@work.example"])
    at = timezone.localtime(Withdrawal.objects.get().at)
    html = str(sent.alternatives[0][0])  # type: ignore[attr-defined]
    for text in (str(sent.body), html):
        assert order.number in text
        assert f"{at:%Y}" in text
        assert f"({at:%Z})" in text
        assert f"2 × {item_of(order).title}" in text
        assert "Kim Doe" in text
    assert "Too <b>sweet</b>" in sent.body
    assert "<b>sweet" not in html


def test_page_and_mail_say_where_the_goods_go_back_to(client: Client, order: Order) -> None:
    ShopProfile.objects.create(pk=1, legal_name="Cellar & Co", address="Weinstraße 7\r\n67433 Neustadt")
    profile.forget()
    client.post(url(order), form(order, 2, confirm="1"))
    owed = OrderEmail.objects.get(kind=OrderEmail.Kind.WITHDRAWAL)
    send_order_email(owed.pk)
    sent = next(message for message in outbox.outbox if "withdrawal" in message.subject)
    address = "Cellar &amp; Co, Weinstraße 7, 67433 Neustadt"
    assert f"Address for returns:\n\n{unescape(address)}\n" in str(sent.body)
    assert f"<p>{address}</p>" in str(sent.alternatives[0][0])  # type: ignore[attr-defined]
    shown = client.get(order.get_absolute_url()).content.decode()
    assert shown.count("Weinstraße 7<br>67433 Neustadt") == 2  # and at the foot of each page
    Withdrawal.objects.update(handled_at=timezone.now())
    assert "Address for returns:" not in client.get(order.get_absolute_url()).content.decode()


def test_without_an_address_nothing_is_said_of_it(client: Client, order: Order) -> None:
    client.post(url(order), form(order, 2, confirm="1"))
    shown = client.get(order.get_absolute_url()).content.decode()
    assert "withdrew from the contract" in shown
    assert "Address for returns:" not in shown


def test_withdrawing_twice_shows_the_first(client: Client, order: Order) -> None:
    typed = form(order, confirm="1")
    for _click in range(3):
        assert client.post(url(order), typed)["Location"] == order.get_absolute_url()
    assert Withdrawal.objects.count() == 1
    page = client.get(url(order)).content.decode()
    assert "Nothing is left" in page
    assert "withdrew from the contract" in page
    assert OrderEmail.objects.filter(kind=OrderEmail.Kind.WITHDRAWAL).count() == 1


def test_the_rest_can_be_withdrawn_from_later(client: Client, order: Order) -> None:
    client.post(url(order), form(order, 1, confirm="1"))
    assert f'name="units_{item_of(order).pk}" value="2"' in client.get(url(order)).content.decode()
    client.post(url(order), form(order, 2, confirm="1"))
    assert Withdrawal.objects.count() == 2


@pytest.mark.parametrize("units", [0, -1, 4, "1.5", "", "NaN", "9" * 5000, "\x00"])
def test_69_units_that_make_no_sense_are_a_form_error(client: Client, order: Order, units: Any) -> None:
    response = client.post(url(order), form(order, units, confirm="1"))
    assert response.status_code == 422
    assert not Withdrawal.objects.exists()


@pytest.mark.parametrize("key", ["", "x", "\x00"])
def test_a_forged_key_is_no_statement(client: Client, order: Order, key: str) -> None:
    assert client.post(url(order), form(order, confirm="1", key=key)).status_code == 422
    assert not Withdrawal.objects.exists()


def test_excluded_products_are_named_with_the_reason_and_cannot_be_chosen(client: Client) -> None:
    order = paid_order(VariantFactory(), VariantFactory(product__withdrawal_exclusion="perishable"), quantity=1)
    free, excluded = order.line_items.all()
    page = client.get(url(order)).content.decode()
    assert f'name="units_{free.pk}"' in page
    assert f'name="units_{excluded.pk}"' not in page
    assert "liable to deteriorate" in page
    typed = {"name": "Kim", "email": "kim@example.com", "key": str(uuid.uuid4()), "confirm": "1"}
    client.post(url(order), typed | {f"units_{free.pk}": 1, f"units_{excluded.pk}": 1})
    assert [line.line_item for line in Withdrawal.objects.get().lines.all()] == [free]


def test_a_product_excluded_after_it_was_sold_may_still_be_withdrawn_from(order: Order) -> None:
    item = item_of(order)
    assert item.variant
    item.variant.product.withdrawal_exclusion = "sealed"
    item.variant.product.save()
    assert services.withdrawable_units(order) == {item: 3}


def test_what_was_withdrawn_from_before_shipping_stays_in_the_house_until_it_is_handled(
    client: Client, order: Order
) -> None:
    client.post(url(order), form(order, 1, confirm="1"))
    with pytest.raises(services.CannotShip, match="withdrawn"):
        ship(order)
    take_off(order, {item_of(order): 1}, restock=True)
    for first in (True, False):
        with transaction.atomic():
            locked = transitions.lock(order.pk)
            assert services.withdrawal_handled(locked, Withdrawal.objects.get(), actor="test") == first
    order.refresh_from_db()
    assert order.attention == ""
    assert services.withdrawable_units(order) == {item_of(order): 2}
    ship(order)


def test_78_only_who_knows_the_token_withdraws(client: Client, order: Order) -> None:
    assert client.get(f"/orders/{order.number}/withdraw/").status_code == 404
    assert client.post(f"/orders/{'x' * 32}/withdraw/", form(order, confirm="1")).status_code == 404


def statements_at_once(order: Order) -> list[Any]:
    """Six statements about two of three units."""

    def state() -> Any:
        statement = services.Statement(uuid.uuid4(), "Kim", "kim@example.com")
        with transaction.atomic():
            return services.withdraw(transitions.lock(order.pk), {item_of(order): 2}, statement)

    return run_together([state] * 6, connections=6)


@pytest.mark.needs("postgres")
@pytest.mark.django_db(transaction=True)
def test_without_the_orders_lock_a_unit_would_be_withdrawn_from_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    order = paid_order()
    look_without_lock(monkeypatch)
    statements_at_once(order)
    assert Withdrawal.objects.count() > 1


@pytest.mark.needs("postgres")
@pytest.mark.django_db(transaction=True)
def test_two_statements_at_once_name_no_unit_twice() -> None:
    results = statements_at_once(paid_order())
    assert sum(isinstance(result, Withdrawal) for result in results) == 1, results
    assert sum(isinstance(result, services.CannotWithdraw) for result in results) == 5, results
