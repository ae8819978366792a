"""The webhook's door: what Stripe signed is stored once, everything else leaves no row."""

import json
import time
from io import BytesIO
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from pytest_django import DjangoAssertNumQueries

from payment import handlers, views
from payment.middleware import webhook
from payment.models import RefusedDeliveries, StripeEvent
from tests.races import run_together

from .deliveries import URL, deliver, event, post, signature

pytestmark = pytest.mark.django_db

GOOD = json.dumps(event("customer.created", "cus_1")).encode()


def test_31_an_unknown_type_is_kept_and_ignored(client: Client) -> None:
    assert deliver(client, event("customer.created", "cus_1")) == 200
    row = StripeEvent.objects.get()
    assert (row.type, row.object_id, row.state) == ("customer.created", "cus_1", StripeEvent.State.RECEIVED)
    assert handlers.process(row.pk) == StripeEvent.State.IGNORED


FORGED = {
    "missing": "",
    "without a time of ours": "t=1,v1=abc",
    "nonsense": "nonsense",
    "without a time": "v1=abc",
    "an endless time": f"t={'9' * 400},v1=abc",
    "beyond ASCII": "t=1,v1=\xfc\xdf",
    "another secret": signature(GOOD, secret="whsec_other"),
    "other bytes": signature(b"other bytes"),
    "another scheme": signature(GOOD).replace("v1=", "v0="),
}


@pytest.mark.parametrize("forgery", FORGED)
def test_24_missing_and_forged_signatures_are_refused(client: Client, forgery: str) -> None:
    assert post(client, GOOD, FORGED[forgery]) == 400
    assert not StripeEvent.objects.exists()


def test_24_a_delivery_that_was_cut_short_is_no_forgery(client: Client) -> None:
    signed = {"Stripe-Signature": signature(GOOD)}
    request = RequestFactory().post(URL, GOOD, content_type="application/json", headers=signed)
    request.environ["wsgi.input"] = BytesIO(GOOD[:-9])  # the connection broke
    assert views.stripe_webhook(WSGIRequest(request.environ)).status_code == 400
    assert not StripeEvent.objects.exists()
    assert not RefusedDeliveries.objects.exists()
    assert post(client, GOOD) == 200


def test_25_the_old_and_the_new_secret_are_good(client: Client, settings: Any) -> None:
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_new", "whsec_old"]
    for number, secret in enumerate(["whsec_new", "whsec_old"]):
        payload = json.dumps(event("customer.created", "cus_1", event_id=f"evt_{number}")).encode()
        assert post(client, payload, signature(payload, secret=secret)) == 200
    assert post(client, GOOD, signature(GOOD, secret="whsec_third")) == 400
    assert StripeEvent.objects.count() == 2


@pytest.mark.parametrize("seconds", [-301, -86400, 310, 10**9])
def test_26_stale_and_future_signatures_are_refused(client: Client, seconds: int) -> None:
    assert post(client, GOOD, signature(GOOD, at=time.time() + seconds)) == 400
    assert not StripeEvent.objects.exists()


def test_26_five_minutes_late_is_in_time(client: Client) -> None:
    assert post(client, GOOD, signature(GOOD, at=time.time() - 290)) == 200


def test_27_a_replay_has_no_effect(client: Client) -> None:
    header = signature(GOOD)
    assert [post(client, GOOD, header) for _time in range(3)] == [200, 200, 200]
    row = StripeEvent.objects.get()
    handlers.process(row.pk)
    post(client, GOOD, header)
    assert handlers.process(row.pk) is None


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b"null",
        b'"event"',
        b"{}",
        b"\xff\xfe",
        b'{"id": 1, "object": "event"}',
        b'{"id": "evt_1", "object": "event", "type": "x", "livemode": false, "data": []}',
        b'{"id": "evt_1", "object": "event", "type": "x", "livemode": "no", "data": {"object": {}}}',
        b'{"id": ["evt_1"], "object": "event", "type": "x", "livemode": false, "data": {"object": {}}}',
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"id": "evt_1", "object": "event", "type": "x", "livemode": false, "data": {"object": {"n": NaN}}}',
        b'{"id": "evt_1", "object": "event", "type": "x", "livemode": false, "data": {"object": {"n": 1e999}}}',
        b'{"id": "evt_1", "object": "event", "type": "x", "livemode": false, "data": {"object": {"n": "\\ud800"}}}',
        b'{"id": "evt_1", "object": "event", "type": "x\\u0000", "livemode": false, "data": {"object": {}}}',
    ],
)
def test_32_malformed_bodies_are_refused_even_when_signed(client: Client, payload: bytes) -> None:
    assert post(client, payload) == 400
    assert not StripeEvent.objects.exists()


def test_32_a_signature_beyond_ascii_is_refused(client: Client) -> None:
    assert post(client, GOOD, signature(GOOD)[:-1] + "ü") == 400


@pytest.mark.parametrize("size", [1024 * 1024, 3 * 1024 * 1024])
def test_32_a_megabyte_is_too_large(client: Client, size: int) -> None:
    assert post(client, b'{"a": "' + b"x" * size + b'"}') == 413
    assert not StripeEvent.objects.exists()


def test_33_a_thin_event_is_refused(client: Client) -> None:
    thin = {"id": "evt_1", "object": "v2.core.event", "type": "x", "livemode": False, "data": {"object": {}}}
    assert deliver(client, thin) == 400


def test_36_only_post(client: Client) -> None:
    for method in ("get", "put", "delete", "head"):
        assert getattr(client, method)("/payment/webhook/").status_code == 405


def test_88_a_delivery_for_another_host_is_refused(client: Client) -> None:
    headers = {"Stripe-Signature": signature(GOOD), "Host": "elsewhere.example"}
    assert client.post(URL, GOOD, content_type="application/json", headers=headers).status_code == 400
    assert not StripeEvent.objects.exists()


def test_a_delivery_without_https_is_sent_there(client: Client, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert post(client, GOOD) == 301
    assert not StripeEvent.objects.exists()
    headers = {"Stripe-Signature": signature(GOOD)}
    assert client.post(URL, GOOD, content_type="application/json", headers=headers, secure=True).status_code == 200


def test_stripe_waits_for_one_statement_and_nothing_that_serves_people(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.cookies["session"] = client.cookies["csrf"] = client.cookies["cart"] = "of somebody"
    with django_assert_num_queries(1):
        headers = {"Stripe-Signature": signature(GOOD), "Accept-Language": "de", "Accept-Encoding": "gzip"}
        answer = client.post(URL, GOOD, content_type="application/json", headers=headers)
    assert (answer.status_code, answer.content, answer.has_header("Vary")) == (200, b"", False)
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_what_counts_requests_knows_the_webhook_by_name(rf: RequestFactory) -> None:
    request = rf.get(URL)
    webhook(lambda _request: HttpResponse(status=500))(request)
    assert request.resolver_match
    assert request.resolver_match.view_name == "stripe_webhook"


def test_08_an_event_of_the_other_mode_is_kept_and_ignored(client: Client) -> None:
    assert deliver(client, event("checkout.session.completed", "cs_1", livemode=True)) == 200
    row = StripeEvent.objects.get()
    assert row.state == StripeEvent.State.IGNORED
    assert handlers.process(row.pk) is None


def test_a_name_of_four_thousand_letters_is_no_server_error(client: Client) -> None:
    assert deliver(client, event("x" * 4000, "cus_1")) == 400


@pytest.mark.needs("postgres")
@pytest.mark.django_db(transaction=True)
def test_28_the_same_event_fifty_times_at_once_is_one_row() -> None:
    results = run_together([lambda: post(Client(), GOOD)] * 50, connections=25)
    assert results == [200] * 50
    assert StripeEvent.objects.count() == 1
