"""What staff do with orders beyond one parcel: many at once, the search, corrections, notes, a file."""

import csv
import io
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from cart import defaults
from orders import services, transitions
from orders.emails.again import send_again
from orders.models import Order, OrderEmail, Shipment
from payment.models import Dispute, Payment, Refund
from tests.checkout import ADDRESS, paid_order, placed_order
from tests.factories import VariantFactory
from tests.staff import sign_in

pytestmark = pytest.mark.django_db

LIST = reverse("admin:orders_order_changelist")
SHIP_MANY = reverse("admin:orders_order_ship_many")


@pytest.fixture(autouse=True)
def _shop() -> None:
    defaults.load()


@pytest.fixture
def order() -> Order:
    return paid_order()


def staff_with(client: Client, *codenames: str) -> Client:
    """Somebody signed in who may do just that."""
    user = User.objects.create_user("clerk", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return sign_in(client, user)


def act(client: Client, action: str, *orders: Order, **more: str) -> Any:
    return client.post(LIST, {"action": action, "_selected_action": [order.pk for order in orders]} | more)


def ship(order: Order) -> None:
    with transaction.atomic():
        locked = transitions.lock(order.pk)
        units = {item: item.units_to_ship for item in locked.line_items.all()}
        services.ship(locked, units, carrier="dhl", tracking="1", actor="anna")


def url(page: str, order: Order) -> str:
    return reverse(f"admin:orders_order_{page}", args=[order.pk])


# Many at once ---------------------------------------------------------------------------------------------------------


def test_the_chosen_orders_are_shipped_each_with_its_number(admin_client: Client) -> None:
    first, second, unpaid = paid_order(), paid_order(), placed_order()
    response = act(admin_client, "ship_chosen", first, second, unpaid)
    page = admin_client.get(response["Location"]).content.decode()
    assert f'name="tracking_{first.pk}"' in page
    assert f'name="tracking_{unpaid.pk}"' not in page
    assert "The order is not paid." in page
    numbers = {"carrier": "dhl", f"tracking_{first.pk}": "111", f"tracking_{second.pk}": ""}
    assert admin_client.post(response["Location"], numbers)["Location"] == LIST
    assert dict(Shipment.objects.values_list("order", "tracking_number")) == {first.pk: "111", second.pk: ""}
    assert OrderEmail.objects.filter(kind="shipped").count() == 2
    assert LogEntry.objects.filter(change_message__startswith="Shipped: DHL").count() == 2
    assert "2 orders are shipped." in admin_client.get(LIST).content.decode()
    again = admin_client.post(response["Location"], numbers)
    assert "None of the chosen orders can be shipped now." in again.content.decode()
    assert Shipment.objects.count() == 2


def test_an_order_that_cannot_be_shipped_stops_no_other(
    admin_client: Client, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = paid_order()
    real = services.ship

    def refuse_first(locked: Order, *args: Any, **kwargs: Any) -> Shipment:
        if locked == order:
            raise services.CannotShip("somebody was faster")
        return real(locked, *args, **kwargs)

    monkeypatch.setattr(services, "ship", refuse_first)
    admin_client.post(f"{SHIP_MANY}?order={order.pk}&order={other.pk}", {"carrier": "dhl"})
    assert Shipment.objects.get().order == other
    page = admin_client.get(LIST).content.decode()
    assert f"{order} was not shipped: somebody was faster" in page
    assert "1 order is shipped." in page


@pytest.mark.parametrize("named", ["", "?order=x", f"?order={'9' * 40}", "?order=-1", "?order=12345"])
def test_orders_that_are_none_are_said_to_be_none(admin_client: Client, named: str) -> None:
    for response in (admin_client.get(SHIP_MANY + named), admin_client.post(SHIP_MANY + named, {"carrier": "dhl"})):
        assert response.status_code == 200
        assert "None of the chosen orders can be shipped now." in response.content.decode()


def test_a_wrong_carrier_or_number_is_a_form_error(admin_client: Client, order: Order) -> None:
    page = admin_client.post(f"{SHIP_MANY}?order={order.pk}", {"carrier": "pigeon", f"tracking_{order.pk}": "x" * 61})
    assert "not one of the available choices" in page.content.decode()
    assert "at most 60" in page.content.decode()
    assert not Shipment.objects.exists()


def test_what_called_for_somebody_is_struck_off_after_a_look(admin_client: Client, order: Order) -> None:
    with transaction.atomic():
        transitions.note(transitions.lock(order.pk), "attention", actor="shop", attention="Paid twice.")
    page = act(admin_client, "looked_at", order, placed_order()).content.decode()
    assert "Paid twice." in page
    order.refresh_from_db()
    assert order.attention == "Paid twice."
    assert act(admin_client, "looked_at", order, confirmed="yes").status_code == 302
    order.refresh_from_db()
    assert order.attention == ""
    assert order.events.filter(kind="attended", actor="admin").exists()
    assert "Paid twice." in LogEntry.objects.get().change_message
    response = act(admin_client, "looked_at", order)
    assert "Nothing calls for any" in admin_client.get(response["Location"]).content.decode()


def test_the_chosen_orders_come_as_csv_that_runs_nothing(admin_client: Client, order: Order) -> None:
    """Fault 87."""
    Order.objects.filter(pk=order.pk).update(full_name="=HYPERLINK(1)", coupon_codes=["TEN"])
    yen = paid_order()
    Order.objects.filter(pk=yen.pk).update(currency="JPY", total=Decimal(1890))
    response = act(admin_client, "as_csv", order, yen)
    text = b"".join(response.streaming_content).decode()
    rows = {row["number"]: row for row in csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))}
    assert set(rows) == {order.number, yen.number}
    assert rows[order.number]["full_name"] == "'=HYPERLINK(1)"
    assert Decimal(rows[order.number]["total"]) == order.total
    assert rows[yen.number]["total"] == "1890"
    assert (rows[order.number]["units"], rows[order.number]["coupons"]) == ("1", "TEN")


def test_who_may_only_look_has_only_what_looks(client: Client, order: Order) -> None:
    staff_with(client, "view_order")
    page = client.get(LIST).content.decode()
    for action, offered in (("ship_chosen", False), ("looked_at", False), ("as_csv", True), ("packing_slips", True)):
        assert (f'value="{action}"' in page) == offered
    assert act(client, "ship_chosen", order)["Location"] == LIST, "an action that is not offered is not done"
    for page_url in (f"{SHIP_MANY}?order={order.pk}", url("correct", order), url("note", order)):
        assert client.get(page_url).status_code == 403
        assert client.post(page_url, {"carrier": "dhl", "text": "x"}).status_code == 403
    assert not Shipment.objects.exists()
    change = client.get(url("change", order)).content.decode()
    assert url("correct", order) not in change
    assert url("note", order) not in change


# Finding --------------------------------------------------------------------------------------------------------------


def paid(order: Order, **changes: Any) -> Payment:
    facts = {"payment_intent": "pi_1abc", "session_id": "cs_test_1", "amount": order.total, "currency": "EUR"} | changes
    return Payment.objects.create(order=order, livemode=False, captured_at=timezone.now(), **facts)


def test_orders_are_found_by_what_people_have_in_hand(admin_client: Client) -> None:
    wine = VariantFactory(sku="CHAB-75")
    order, other = paid_order(wine), paid_order()
    Order.objects.filter(pk=order.pk).update(email="ada@lovelace.example", full_name="Ada Lovelace")
    payment = paid(order)
    Refund.objects.create(payment=payment, key="k", refund_id="re_777", amount=1, currency="EUR", actor="anna")
    terms = [
        order.number.lower(),
        order.number[:4],
        "lovelace.ex",
        "ADA LOVE",
        "chab-75",
        "pi_1abc",
        "cs_test_1",
        "re_777",
    ]
    for term in terms:
        page = admin_client.get(LIST, {"q": term}).content.decode()
        assert order.number in page, term
        assert other.number not in page, term
    for term in ("pi_none", "nobody", "%", "'; --", "x" * 5000):
        response = admin_client.get(LIST, {"q": term})
        assert response.status_code == 200
        assert order.number not in response.content.decode()


def test_badges_say_what_became_of_the_money(admin_client: Client, order: Order) -> None:
    def words() -> str:
        return admin_client.get(LIST).content.decode()

    payment = paid(order)
    assert '<span class="badge badge-good">paid</span>' in words()
    assert "given back</span>" not in words()
    refund = Refund.objects.create(payment=payment, key="k", amount=1, currency="EUR", actor="anna")
    assert "partly given back</span>" in words()
    Refund.objects.filter(pk=refund.pk).update(amount=order.total)
    assert '<span class="badge badge-quiet">given back</span>' in words()
    money = {"amount": order.total, "currency": "EUR"}
    Dispute.objects.create(payment=payment, dispute_id="dp_1", state="needs_response", reason="fraud", **money)
    assert "disputed</span>" in words()
    for which, found in (("paid", True), ("refunded", True), ("disputed", True)):
        assert (order.number in admin_client.get(LIST, {"money": which}).content.decode()) == found
    Refund.objects.update(state="failed")
    assert order.number not in admin_client.get(LIST, {"money": "refunded"}).content.decode()


def test_the_list_with_money_costs_the_same_queries_however_long_it_is(
    admin_client: Client, order: Order, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    paid(order)
    admin_client.get(LIST)
    with django_assert_max_num_queries(18) as few:
        admin_client.get(LIST)
    for number in range(4):
        paid(paid_order(), payment_intent=f"pi_{number}")
    with django_assert_max_num_queries(18) as many:
        admin_client.get(LIST)
    assert len(many) == len(few)


def test_the_page_leads_to_stripe_and_to_the_refund(admin_client: Client, order: Order, settings: Any) -> None:
    payment = paid(order)
    page = admin_client.get(url("change", order)).content.decode()
    assert reverse("admin:payment_payment_refund", args=[payment.pk]) in page
    assert "dashboard.stripe.com" not in page, "somebody else plays Stripe here"
    settings.STRIPE_API_BASE = ""
    page = admin_client.get(url("change", order)).content.decode()
    assert 'href="https://dashboard.stripe.com/test/payments/pi_1abc"' in page


# Corrections and notes ------------------------------------------------------------------------------------------------


def corrected(**changes: str) -> dict[str, str]:
    """What the page posts."""
    fields = ("email", "full_name", "phone", "address1", "address2", "postcode", "city")
    return {name: str(ADDRESS[name]) for name in fields} | changes


def test_an_address_is_corrected_with_its_history_and_the_money_stays(admin_client: Client, order: Order) -> None:
    total = order.total
    assert url("correct", order) in admin_client.get(url("change", order)).content.decode()
    assert 'value="Main Street 1"' in admin_client.get(url("correct", order)).content.decode()
    posted = corrected(address1="Main Street 2", postcode="10117", total="0.01", status="canceled", country="US")
    assert admin_client.post(url("correct", order), posted).status_code == 302
    order.refresh_from_db()
    assert (order.address1, order.postcode, order.country) == ("Main Street 2", "10117", "DE")
    assert (order.total, order.status) == (total, Order.Status.PAID)
    event = order.events.get(kind="corrected")
    assert (event.actor, event.reason) == ("admin", "address1, postcode")
    assert LogEntry.objects.get().change_message == "Corrected: address1, postcode"
    response = admin_client.post(url("correct", order), posted)
    assert "Nothing was changed." in admin_client.get(response["Location"]).content.decode()
    assert order.events.filter(kind="corrected").count() == 1


def test_mails_that_wait_and_those_sent_again_go_to_the_corrected_address(
    admin_client: Client, order: Order, nudges: list[Any]
) -> None:
    mails = OrderEmail.objects.filter(order=order)
    sent, parked = mails.get(kind="received"), mails.get(kind="receipt")
    mails.filter(pk=sent.pk).update(state="sent")
    mails.filter(pk=parked.pk).update(state="parked", attempts=9)
    admin_client.post(url("correct", order), corrected(email="right@example.com"))
    parked.refresh_from_db()
    sent.refresh_from_db()
    assert (parked.to, parked.state, parked.attempts) == ("right@example.com", "queued", 0)
    assert ("orders.tasks.send_order_email", parked.pk) in nudges
    assert (sent.to, sent.state) == ("kim@example.com", "sent"), "what was sent stays as it was"
    with transaction.atomic():
        assert send_again(transitions.lock(order.pk), sent, actor="anna")
    sent.refresh_from_db()
    assert sent.to == "right@example.com"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"email": "nobody"}, "valid email"),
        ({"postcode": "ABC"}, "such as"),
        ({"city": ""}, "Enter the city"),
        ({"full_name": "x" * 121}, "at most 120"),
        ({"address1": "a\x01b"}, "letters, digits and signs"),
        ({"full_name": "สมชาย"}, "We cannot print “สมชาย”"),
    ],
)
def test_a_wrong_address_is_a_form_error(
    admin_client: Client, order: Order, changes: dict[str, str], words: str
) -> None:
    response = admin_client.post(url("correct", order), corrected(**changes))
    assert response.status_code == 200
    assert words in response.content.decode()
    assert not order.events.filter(kind="corrected").exists()


def test_what_was_shipped_or_has_ended_is_not_corrected(admin_client: Client, order: Order) -> None:
    ship(order)
    ended = placed_order()
    with transaction.atomic():
        services.end(transitions.lock(ended.pk), Order.Status.CANCELED, actor="test")
    for which, why in ((order, "Something of it was shipped already."), (ended, "The order is canceled.")):
        assert why in admin_client.get(url("correct", which)).content.decode()
        response = admin_client.post(url("correct", which), corrected(city="Bonn"))
        assert why in response.content.decode()
        which.refresh_from_db()
        assert which.city == "Berlin"
        assert url("correct", which) not in admin_client.get(url("change", which)).content.decode()


def test_a_note_stands_in_the_history_escaped_and_out_of_the_shoppers_sight(
    admin_client: Client, client: Client, order: Order
) -> None:
    assert admin_client.post(url("note", order), {"text": ""}).status_code == 200
    assert "at most 300" in admin_client.post(url("note", order), {"text": "x" * 301}).content.decode()
    assert admin_client.post(url("note", order), {"text": "Call <b>first</b>"}).status_code == 302
    page = admin_client.get(url("change", order)).content.decode()
    assert "Call &lt;b&gt;first&lt;/b&gt;" in page
    assert "Call" not in client.get(order.get_absolute_url()).content.decode()
    assert order.events.get(kind="note").actor == "admin"


class TestTheListNarrowedDown:
    def test_by_country_only_those_that_something_was_ordered_to(self, admin_client: Client) -> None:
        german, french = placed_order(), placed_order()
        Order.objects.filter(pk=french.pk).update(country="FR")
        page = admin_client.get(LIST).content.decode()
        assert "France" in page
        assert "Austria" not in page
        narrowed = admin_client.get(LIST, {"country": "FR"}).content.decode()
        assert french.number in narrowed
        assert german.number not in narrowed

    def test_by_what_was_shipped_and_what_is_to_be_packed(self, admin_client: Client) -> None:
        sent, open_ = paid_order(), paid_order()
        ship(sent)
        for value, shown, hidden in (("shipped", sent, open_), ("to_pack", open_, sent), ("to_ship", open_, sent)):
            page = admin_client.get(LIST, {"shipping": value}).content.decode()
            assert shown.number in page
            assert hidden.number not in page
