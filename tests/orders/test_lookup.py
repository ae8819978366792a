"""Finding an order again: the page tells nobody anything, the mail goes to who ordered, links are signed and expire."""

from typing import Any

import pytest
from django.core import mail as outbox
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cart import defaults
from orders import links, lookups
from orders.models import LookupRequest, Order, OrderEmail
from orders.tasks import answer_lookup, send_order_email, sweep
from tests.checkout import placed_order

pytestmark = pytest.mark.django_db

URL = "/orders/lookup/"


@pytest.fixture
def order() -> Order:
    defaults.load()
    return placed_order()


@pytest.fixture(autouse=True)
def _quiet(nudges: list[tuple[str, object]]) -> None:
    """Nothing reaches a broker."""


def links_sent() -> list[str]:
    """Work off what was asked for; the addresses that got a link."""
    for pk in LookupRequest.objects.values_list("pk", flat=True):
        answer_lookup(pk)
    for owed in OrderEmail.objects.filter(kind=OrderEmail.Kind.LINK):
        send_order_email(owed.pk)
    return [message.to[0] for message in outbox.outbox if "The link to your order" in message.subject]


def test_number_and_email_together_bring_a_mail_with_the_link(client: Client, order: Order) -> None:
    answer = client.post(URL, {"number": order.number, "email": order.email}, follow=True)
    assert f"on its way to {order.email}" in answer.content.decode()
    assert links_sent() == [order.email]
    path = str(outbox.outbox[-1].body).split("http://127.0.0.1:8000")[1].split()[0]
    assert client.get(path)["Location"] == order.get_absolute_url()
    assert links_sent() == [order.email]  # a second run sends nothing


@pytest.mark.parametrize("hyphen", ["", " ", "–"])
def test_case_spaces_and_the_hyphen_are_forgiven(client: Client, order: Order, hyphen: str) -> None:
    typed = order.number.lower().replace("-", hyphen)
    client.post(URL, {"number": f" {typed} ", "email": order.email.upper()})
    assert links_sent() == [order.email]


def shape(client: Client, **typed: str) -> tuple[Any, ...]:
    """Everything that could be told apart from outside: status, headers, words, and what the database is asked."""
    with CaptureQueriesContext(
        connection,
    ) as queries:
        answer = client.post(URL, typed)
    words = client.get(URL).content.decode().replace(typed["email"], "EMAIL")
    asked = tuple(query["sql"].split()[:3] for query in queries.captured_queries)
    return answer.status_code, answer["Location"], asked, words.split("<main")[1].split("</main")[0].split("csrf")[0]


def test_90_known_and_unknown_are_answered_alike(client: Client, order: Order) -> None:
    known = shape(client, number=order.number, email=order.email)
    wrong_email = shape(client, number=order.number, email="eve@example.com")
    wrong_number = shape(client, number="2222-2222", email=order.email)
    assert known == wrong_email == wrong_number
    assert links_sent() == [order.email]


@pytest.mark.parametrize(
    ("number", "email"),
    [("", "kim@example.com"), ("x" * 21, "kim@example.com"), ("2222-2222", "kim"), ("\x00", "kim@example.com")],
)
def test_bad_input_is_a_form_error(client: Client, number: str, email: str) -> None:
    response = client.post(URL, {"number": number, "email": email})
    assert response.status_code == 422
    assert not LookupRequest.objects.exists()


def test_after_too_many_tries_about_an_email_nobody_is_answered(client: Client, order: Order, settings: Any) -> None:
    for number in range(settings.LOOKUPS_PER_EMAIL):
        typed = {"number": "2222-2222", "email": order.email}
        assert client.post(URL, typed, REMOTE_ADDR=f"10.0.0.{number}").status_code == 302
    response = client.post(URL, {"number": order.number, "email": order.email.upper()}, REMOTE_ADDR="10.0.0.9")
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert client.post(URL, {"number": order.number, "email": "other@example.com"}).status_code == 302


@pytest.mark.parametrize("addresses", [["10.0.0.1"] * 3, ["2001:db8::1", "2001:db8::2", "2001:db8::ffff"]])
def test_after_too_many_tries_of_a_visitor_only_that_one_has_to_wait(
    client: Client, settings: Any, addresses: list[str]
) -> None:
    settings.LOOKUPS_PER_VISITOR = 2
    answers = [
        client.post(URL, {"number": "2222-2222", "email": f"{n}@example.com"}, REMOTE_ADDR=address).status_code
        for n, address in enumerate(addresses)
    ]
    assert answers == [302, 302, 429]
    typed = {"number": "2222-2222", "email": "3@example.com"}
    assert client.post(URL, typed, REMOTE_ADDR="2001:db8:0:1::1").status_code == 302
    LookupRequest.objects.update(at=timezone.now() - lookups.WINDOW)
    assert client.post(URL, typed, REMOTE_ADDR=addresses[0]).status_code == 302


def test_only_a_trusted_proxy_says_who_is_visiting(client: Client, settings: Any) -> None:
    settings.LOOKUPS_PER_VISITOR = 1
    typed = {"number": "2222-2222", "email": "3@example.com"}

    def ask(forwarded: str) -> int:
        return client.post(URL, typed, headers={"X-Forwarded-For": forwarded}).status_code

    assert [ask("10.0.0.1"), ask("10.0.0.2")] == [302, 429]
    settings.TRUST_PROXY_HEADERS = True
    assert [ask("6.6.6.6, 10.0.0.3"), ask("7.7.7.7, 10.0.0.3"), ask("10.0.0.4")] == [302, 429, 302]


def test_what_was_typed_is_kept_as_a_keyed_hash_and_forgotten_after_a_day(order: Order) -> None:
    lookups.ask(order.number, order.email, visitor="10.0.0.1")
    asked = LookupRequest.objects.get()
    assert order.email not in f"{asked.__dict__}"
    assert "10.0.0.1" not in f"{asked.__dict__}"
    LookupRequest.objects.update(at=timezone.now() - lookups.KEPT)
    sweep()
    assert not LookupRequest.objects.exists()


def test_the_sweep_nudges_what_nobody_answered(order: Order, nudges: list[tuple[str, object]]) -> None:
    lookups.ask(order.number, order.email, visitor="10.0.0.1")
    pk = LookupRequest.objects.get().pk
    nudges.clear()
    sweep()
    assert ("orders.tasks.answer_lookup", pk) not in nudges
    LookupRequest.objects.update(at=timezone.now() - lookups.OVERDUE)
    sweep()
    assert ("orders.tasks.answer_lookup", pk) in nudges


def test_79_an_expired_link_leads_to_the_form_and_a_forged_one_nowhere(
    client: Client, order: Order, settings: Any
) -> None:
    path = links.link_to(order).removeprefix(settings.SITE_URL)
    assert client.get(path)["Location"] == order.get_absolute_url()
    middle = len(path) // 2
    forged = [path[:-2] + "/", path[:middle] + ("a" if path[middle] != "a" else "b") + path[middle + 1 :]]
    forged += [f"/orders/link/{wrong}/" for wrong in ("x", order.token, order.pk, "9" * 5000)]
    for wrong in forged:
        assert client.get(wrong).status_code == 404, wrong
    settings.ORDER_LINK_DAYS = -1
    expired = client.get(path, follow=True)
    assert expired.redirect_chain[0][0] == URL
    assert "This link has expired" in expired.content.decode()
    assert order.token not in expired.content.decode()


def test_79_a_link_of_another_kind_is_none_of_ours(client: Client, order: Order) -> None:
    signed = links.signing.dumps(order.pk, salt="cart")
    assert client.get(f"/orders/link/{signed}/").status_code == 404


def test_76_a_thirty_digit_id_is_not_found(client: Client, admin_client: Client) -> None:
    digits = "1" * 30
    signed = links.signing.dumps(int(digits), salt=links.SALT)
    for path in (f"/orders/{digits}/", f"/orders/{digits}/withdraw/", f"/orders/link/{signed}/"):
        assert client.get(path).status_code == 404, path
    for path in (f"/admin/orders/order/{digits}/ship/", f"/admin/orders/order/1/delivered/{digits}/"):
        assert admin_client.get(path).status_code == 404, path
