"""What staff decide in the admin: cancel an order, refund what was shipped or not, and refund a withdrawal."""

import re
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission, User
from django.db import transaction
from django.test import Client

from orders import emails, services as orders, transitions
from orders.models import LineItem, Order, OrderEmail, Withdrawal
from payment import services
from payment.models import Dispute, Refund
from shop import stock
from shop.models import StockMovement, Variant
from tests.checkout import paid_order, placed_order
from tests.factories import VariantFactory
from tests.races import run_together
from tests.staff import sign_in
from tests.stripe_sandbox.process import Sandbox

from .paying import checked_out, fresh, hear_all, must_balance, session_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]

Status = Order.Status
CODENAMES = "view_order view_orderevent change_order view_payment add_refund view_dispute change_dispute"


@pytest.fixture
def anna(client: Client) -> Client:
    """The browser of a member of staff who may do all of this."""
    return staff(client, *CODENAMES.split())


def staff(client: Client, *permissions: str) -> Client:
    user = User.objects.create_user("anna", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    sign_in(client, user)
    return client


def bought(sandbox: Sandbox, *, quantity: int = 3, price: str = "10") -> Order:
    """A paid order of so many bottles, ten on the shelf."""
    order, attempt = checked_out(VariantFactory(price=price, stock=10), quantity=quantity)
    sandbox.pay(session_of(attempt))
    services.settle(attempt)
    return fresh(order)


def item_of(order: Order) -> LineItem:
    return LineItem.objects.get(order=order)


def counters() -> tuple[int, int]:
    """(on hand, reserved) of the one variant."""
    return Variant.objects.values_list("on_hand", "reserved").get()


def ship(order: Order, quantity: int) -> None:
    with transaction.atomic():
        locked = transitions.lock(order.pk)
        orders.ship(locked, {item_of(order): quantity}, carrier="dhl", tracking="1", actor="test")


def withdraw(order: Order, quantity: int) -> Withdrawal:
    with transaction.atomic():
        statement = orders.Statement(uuid4(), "Kim Doe", "kim@example.com", "too sweet")
        return orders.withdraw(transitions.lock(order.pk), {item_of(order): quantity}, statement)


def cancel(browser: Client, order: Order, **said: Any) -> Any:
    """The answer to the posted page."""
    url = f"/admin/payment/payment/order/{order.pk}/cancel/"
    return browser.post(url, {"reason": "sold by mistake", **said})


def submit_refunds() -> None:
    for refund in Refund.objects.due():
        services.submit_refund(refund.pk)


# Cancel


def test_an_unpaid_order_ends_at_stripe_first(sandbox: Sandbox, anna: Client) -> None:
    order, _attempt = checked_out()
    url = f"/admin/payment/payment/order/{order.pk}/cancel/"
    assert url in anna.get(f"/admin/orders/order/{order.pk}/change/").content.decode()
    assert "Give back what was paid" not in anna.get(url).content.decode()
    assert cancel(anna, order).status_code == 302
    assert sandbox.sessions()[0]["status"] == "expired"
    event = order.events.get(kind=Status.CANCELED)
    assert (event.actor, event.reason) == ("anna", "sold by mistake")
    assert "sold by mistake" in anna.get(f"/admin/orders/order/{order.pk}/change/").content.decode()
    assert counters()[1] == 0
    must_balance()


def test_10_a_payment_that_was_faster_than_staff_wins(sandbox: Sandbox, anna: Client) -> None:
    order, attempt = checked_out()
    sandbox.pay(session_of(attempt))
    page = anna.get(cancel(anna, order)["Location"]).content.decode()
    assert fresh(order).status == Status.PAID
    assert "was not canceled: it is paid now" in page


def test_02_without_stripe_nothing_is_canceled(sandbox: Sandbox, anna: Client, settings: Any) -> None:
    order, _attempt = checked_out()
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    answer = cancel(anna, order)
    assert (answer.status_code, "nothing was changed" in answer.content.decode()) == (200, True)
    assert (fresh(order).status, counters()[1]) == (Status.PENDING, 1)


def test_a_paid_order_is_canceled_and_its_money_goes_back_once(
    sandbox: Sandbox, anna: Client, mailoutbox: list[Any]
) -> None:
    order = bought(sandbox)
    for _click in range(2):
        cancel(anna, order, money="refund", restock="on")
    refund = Refund.objects.get()
    assert (refund.amount, refund.actor, refund.reason) == (order.total, "anna", "sold by mistake")
    assert (fresh(order).status, counters()) == (Status.CANCELED, (10, 0))
    submit_refunds()
    hear_all(anna, sandbox)
    assert fresh(order).status == Status.CANCELED, "what Stripe tells again of the payment does not bring it back"
    services.settle(order.checkout_attempts.get())
    assert (fresh(order).status, Refund.objects.count()) == (Status.CANCELED, 1)
    emails.deliver(order.emails.get(kind=OrderEmail.Kind.CANCELED).pk)
    assert "We return €" in mailoutbox[0].body
    assert "not been charged" not in mailoutbox[0].body
    page = Client().get(order.get_absolute_url()).content.decode()
    assert "We had to call it off" in page
    assert "returned on" in page
    assert not stock.differences()
    must_balance()


def test_a_paid_order_is_canceled_without_a_refund_and_its_units_are_written_off(
    sandbox: Sandbox, anna: Client
) -> None:
    order = bought(sandbox)
    cancel(anna, order, money="keep")
    assert not Refund.objects.exists()
    assert (fresh(order).status, counters()) == (Status.CANCELED, (7, 0))
    assert StockMovement.objects.filter(actor="anna", reference=order.number).exists()
    must_balance()


def test_a_part_that_went_back_before_is_not_given_back_again(sandbox: Sandbox, anna: Client) -> None:
    order = bought(sandbox)
    refund(order, "5", units={})
    cancel(anna, order, money="refund", restock="on")
    assert sorted(Refund.objects.values_list("amount", flat=True)) == [5, order.total - 5]


def test_what_was_shipped_cannot_be_canceled(sandbox: Sandbox, anna: Client) -> None:
    order = bought(sandbox)
    ship(order, 1)
    answer = cancel(anna, order, money="refund", restock="on")
    assert "was shipped" in answer.content.decode()
    assert (fresh(order).status, Refund.objects.count(), counters()) == (Status.PAID, 0, (9, 2))


def test_13_a_payment_on_its_way_is_waited_for(sandbox: Sandbox, anna: Client) -> None:
    order, attempt = checked_out()
    sandbox.pay(session_of(attempt), method="sepa_debit")
    services.settle(attempt)
    answer = cancel(anna, order, money="keep", restock="on")
    assert "still on the way" in answer.content.decode()
    assert fresh(order).status == Status.PROCESSING


def test_07_an_order_that_was_paid_with_another_amount_is_canceled_for_good(sandbox: Sandbox, anna: Client) -> None:
    order, attempt = checked_out()
    sandbox.fault("wrong_amount", target="payment", amount=-500)
    sandbox.pay(session_of(attempt))
    services.settle(attempt)
    cancel(anna, order, money="keep", restock="on")
    services.settle(attempt)
    assert (fresh(order).status, counters()[1]) == (Status.CANCELED, 0)
    must_balance()


@pytest.mark.parametrize("fields", [{}, {"money": "keep", "reason": ""}, {"money": "all of it"}])
def test_a_form_that_says_too_little_is_shown_again(sandbox: Sandbox, anna: Client, fields: dict[str, str]) -> None:
    order = bought(sandbox)
    assert cancel(anna, order, **fields).status_code == 200
    assert fresh(order).status == Status.PAID


def test_only_with_permission(sandbox: Sandbox, client: Client) -> None:
    order = bought(sandbox)
    withdrawal = withdraw(order, 1)
    assert cancel(client, order).status_code == 302  # to sign in
    assert cancel(staff(client, "view_order"), order, money="keep").status_code == 403
    assert client.get(f"/admin/payment/payment/withdrawal/{withdrawal.pk}/close/").status_code == 403
    User.objects.all().delete()
    staff(client, "change_order")
    assert "not allowed to give money back" in cancel(client, order, money="refund").content.decode()
    assert fresh(order).status == Status.PAID
    assert cancel(client, order, money="keep").status_code == 302


def test_an_order_that_does_not_exist_is_not_found(anna: Client) -> None:
    assert anna.get("/admin/payment/payment/order/999999/cancel/").status_code == 404
    assert anna.get("/admin/payment/payment/withdrawal/999999/close/").status_code == 404


def cancel_at_once(sandbox: Sandbox, *, rounds: int) -> None:
    """Six members of staff cancel an order with a refund at the same moment."""
    said: dict[str, Any] = {"refund": True, "restock": True, "actor": "anna", "reason": "broken"}
    for _round in range(rounds):
        order = bought(sandbox)
        run_together([lambda: services.cancel_order(order.pk, **said)] * 6, connections=6)  # noqa: B023
        assert order.events.filter(kind=Status.CANCELED).count() == 1
        assert Refund.objects.filter(payment__order=order).count() == 1
        must_balance()


@pytest.mark.needs("postgres")
@pytest.mark.django_db(transaction=True)
def test_canceled_by_six_at_once_is_canceled_once(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    cancel_at_once(sandbox, rounds=2)
    monkeypatch.setattr(transitions, "lock", lambda order_id: Order.objects.get(pk=order_id))
    with pytest.raises(AssertionError):
        cancel_at_once(sandbox, rounds=10)


def test_13_a_second_payment_on_its_way_does_not_bring_a_canceled_order_back(sandbox: Sandbox, anna: Client) -> None:
    order = placed_order()
    attempts = []
    for _tab in range(2):
        order.checkout_attempts.update(state="dead")  # the answer was lost, and Stripe had made a session
        services.start_checkout(order.pk)
        attempts.append(order.checkout_attempts.exclude(state="dead").get())
    sandbox.pay(session_of(attempts[0]))
    services.settle(attempts[0])
    cancel(anna, order, money="refund", restock="on")
    sandbox.pay(session_of(attempts[1]), method="sepa_debit")
    services.settle(attempts[1])
    assert fresh(order).status == Status.CANCELED
    sandbox.settle(session_of(attempts[1]), outcome="succeed")
    services.settle(attempts[1])
    assert fresh(order).status == Status.CANCELED
    assert Refund.objects.count() == 2
    must_balance()


# Refunds of what was shipped, and of what was not


def refund(order: Order, amount: str, *, units: dict[LineItem, int], restock: bool = False) -> Refund:
    with transaction.atomic():
        locked = transitions.lock(order.pk)
        options: dict[str, Any] = {"reason": "test", "actor": "anna", "units": units, "restock": restock}
        return services.request_refund(locked, order.payments.get(), Decimal(amount), **options)


@pytest.mark.parametrize(("restock", "left"), [(True, (9, 0)), (False, (7, 0))])
def test_units_not_shipped_are_taken_first(sandbox: Sandbox, restock: bool, left: tuple[int, int]) -> None:
    order = bought(sandbox)
    ship(order, 1)  # nine on hand, two reserved
    refund(order, "20", units={item_of(order): 2}, restock=restock)
    assert counters() == left
    assert item_of(order).units_to_ship == 0
    refund(order, "10", units={item_of(order): 1}, restock=restock)  # the shipped one comes back
    assert counters() == ((10, 0) if restock else (7, 0))
    with pytest.raises(services.CannotRefund), transaction.atomic():
        refund(order, "1", units={item_of(order): 1})
    assert not stock.differences()


def test_the_prices_of_units_add_up_to_what_was_paid_for_them(sandbox: Sandbox, anna: Client) -> None:
    order = bought(sandbox, price="3.35")
    LineItem.objects.update(total="10.00")
    given = []
    for _unit in range(3):
        data = {"key": str(uuid4()), "reason": "corked", f"units_{item_of(order).pk}": 1}
        anna.post(f"/admin/payment/payment/{order.payments.get().pk}/refund/", data)
        given.append(str(Refund.objects.first().amount))  # type: ignore[union-attr]
    assert given == ["3.330", "3.340", "3.330"]


# Disputes


def open_dispute(sandbox: Sandbox, client: Client, order: Order) -> str:
    [charge] = [event["data"]["object"]["id"] for event in sandbox.events("charge.succeeded")]
    opened = sandbox.control("POST", f"charges/{charge}/dispute")
    hear_all(client, sandbox)
    assert "Dispute" in fresh(order).hold_shipping
    return str(opened["id"])


def test_18_nothing_is_shipped_while_a_payment_is_contested(sandbox: Sandbox, client: Client) -> None:
    order = bought(sandbox)
    dispute = open_dispute(sandbox, client, order)
    with pytest.raises(orders.CannotShip, match="Dispute"):
        ship(order, 1)
    sandbox.control("POST", f"disputes/{dispute}/decide", outcome="won")
    hear_all(client, sandbox)
    assert fresh(order).hold_shipping == ""
    ship(order, 1)


def test_18_after_a_lost_dispute_staff_decide(sandbox: Sandbox, anna: Client) -> None:
    order = bought(sandbox)
    dispute = open_dispute(sandbox, anna, order)
    sandbox.control("POST", f"disputes/{dispute}/decide", outcome="lost")
    hear_all(anna, sandbox)
    assert "Dispute" in fresh(order).hold_shipping
    anna.post("/admin/payment/dispute/", {"action": "allow_shipping", "_selected_action": [Dispute.objects.get().pk]})
    hear_all(anna, sandbox)
    assert fresh(order).hold_shipping == ""
    assert order.events.filter(kind="shipping allowed", actor="anna").exists()


def test_amounts_stand_in_the_admin_with_the_digits_of_their_currency(sandbox: Sandbox, admin_client: Client) -> None:
    order = bought(sandbox, price="7.2")
    open_dispute(sandbox, admin_client, order)
    refund(order, "2.50", units={})
    withdraw(order, 3)
    pages = [f"/admin/payment/{kind}/" for kind in ("payment", "refund", "dispute")]
    rows = order.payments.get(), Refund.objects.get(), Dispute.objects.get()
    pages += [f"{page}{row.pk}/change/" for page, row in zip(pages, rows, strict=True)]
    for page in pages:
        text = admin_client.get(page).content.decode()
        assert "€2.50" in text or f"€{order.total:.2f}" in text
        assert not re.search(r">\s*\d+\.\d{3}\s*<", text), page
    assert str(refund_page(admin_client, order)[1]["amount"].value()) == f"{order.total - Decimal('2.5'):.2f}"


def test_a_hold_for_another_reason_outlives_a_dispute(sandbox: Sandbox, client: Client) -> None:
    order = bought(sandbox)
    dispute = open_dispute(sandbox, client, order)
    with transaction.atomic():
        orders.hold_shipping(transitions.lock(order.pk), "The address is wrong.", actor="anna")
    sandbox.control("POST", f"disputes/{dispute}/decide", outcome="won")
    hear_all(client, sandbox)
    assert fresh(order).hold_shipping == "The address is wrong."


# Withdrawals


def refund_page(browser: Client, order: Order) -> tuple[str, Any]:
    """(the address that the order's page leads to, the form there)."""
    page = browser.get(f"/admin/orders/order/{order.pk}/change/").content.decode()
    withdrawal = order.withdrawals.get()
    url = f"/admin/payment/payment/{order.payments.get().pk}/refund/?withdrawal={withdrawal.pk}"
    assert url in page
    return url, browser.get(url).context["form"]


def posted(form: Any) -> dict[str, Any]:
    """What a browser sends that changes nothing of the form."""
    return {field.name: "on" if field.value() is True else field.value() for field in form if field.value() is not None}


@pytest.mark.parametrize(("units", "with_shipping"), [(1, False), (3, True)])
def test_staff_refund_a_withdrawal_from_the_orders_page(
    sandbox: Sandbox, anna: Client, units: int, with_shipping: bool
) -> None:
    order = bought(sandbox)
    ship(order, 3)
    Order.objects.update(attention="Somebody must look.")
    withdraw(order, units)
    assert len(fresh(order).attention.splitlines()) == 2
    url, form = refund_page(anna, order)
    for _click in range(2):
        anna.post(url, posted(form))
    asked = Refund.objects.get()
    assert asked.amount == (order.total if with_shipping else 10)
    assert asked.reason.startswith("Withdrawal of 20")
    assert (asked.lines.get().quantity, counters()) == (units, (7 + units, 0))
    assert order.withdrawals.get().handled_at
    assert fresh(order).attention == "Somebody must look.", "only the withdrawal's line is done with"
    submit_refunds()
    assert Refund.objects.get().state == Refund.State.SUCCEEDED
    must_balance()


def test_a_withdrawal_without_money_left_is_closed(sandbox: Sandbox, anna: Client) -> None:
    order = bought(sandbox)
    withdrawal = withdraw(order, 2)
    refund(order, str(order.total), units={})
    url = f"/admin/payment/payment/withdrawal/{withdrawal.pk}/close/"
    assert url in anna.get(f"/admin/orders/order/{order.pk}/change/").content.decode()
    assert "too sweet" in anna.get(f"/admin/orders/order/{order.pk}/change/").content.decode()
    assert anna.post(url, {"restock": "on"}).status_code == 302
    assert fresh(order).attention == ""
    assert order.events.filter(kind="attended", actor="anna", reason__startswith="Withdrawal of").count() == 1
    assert (counters(), item_of(order).units_to_ship) == ((10, 1), 1)
    assert anna.post(url, {"restock": "on"}).status_code == 404
    ship(order, 1)
    must_balance()


def test_of_two_statements_in_the_same_words_the_open_one_still_calls(sandbox: Sandbox, anna: Client) -> None:
    order = bought(sandbox)
    first, second = withdraw(order, 1), withdraw(order, 1)
    Withdrawal.objects.update(at=first.at)
    Order.objects.update(attention=fresh(order).attention.splitlines()[0])
    for withdrawal, lines in ((first, 1), (second, 0)):
        anna.post(f"/admin/payment/payment/withdrawal/{withdrawal.pk}/close/", {"restock": "on"})
        assert len(fresh(order).attention.splitlines()) == lines


@pytest.mark.parametrize("named", ["x", "-1", "9" * 40, "²", "0"])
def test_a_withdrawal_that_does_not_exist_presets_nothing(sandbox: Sandbox, anna: Client, named: str) -> None:
    order = bought(sandbox)
    page = anna.get(f"/admin/payment/payment/{order.payments.get().pk}/refund/", {"withdrawal": named})
    assert (page.status_code, page.context["withdrawal"]) == (200, None)


def test_the_orders_page_asks_no_more_with_more_withdrawals(
    sandbox: Sandbox, anna: Client, django_assert_max_num_queries: Any
) -> None:
    order = bought(sandbox)
    url = f"/admin/orders/order/{order.pk}/change/"
    withdraw(order, 1)
    with django_assert_max_num_queries(60) as first:
        anna.get(url)
    withdraw(order, 1)
    withdraw(order, 1)
    with django_assert_max_num_queries(len(first)):
        anna.get(url)


def test_an_order_without_payment_can_be_canceled_too(anna: Client) -> None:
    order = paid_order(VariantFactory(price=10))
    assert not order.payments.exists()
    cancel(anna, order, money="refund", restock="on")
    assert fresh(order).status == Status.CANCELED
