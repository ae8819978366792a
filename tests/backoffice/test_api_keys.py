"""Keys of other programs: shown once, kept as a hash, limited by rights and rate, revoked for good."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from background import logs
from background.models import Limit
from backoffice.api import keys
from backoffice.models import ApiKey
from orders.models import Order
from tests.staff import sign_in

from .programs import CREATE, Program, made_key

pytestmark = pytest.mark.django_db

LIST = "/admin/backoffice/apikey/"


def shown(answer: Any) -> str:
    """The key on the page that shows it."""
    found = re.search(r'value="(shop_[^"]+)"', answer.content.decode())
    assert found
    return found[1]


def test_staff_make_a_key_that_is_shown_once_and_works(admin_client: Client) -> None:
    form = {"name": "ERP", "create_order": "on", "custom_amount": "on", "requests_per_minute": "60"}
    answer = admin_client.post(f"{LIST}add/", form)
    secret = shown(answer)
    assert "no-store" in answer["Cache-Control"]
    key = ApiKey.objects.get()
    assert secret not in str(ApiKey.objects.values())
    assert secret.startswith(key.prefix)
    assert key.made_by is not None
    assert secret.partition("_")[2].partition("_")[2] not in str(LogEntry.objects.values())
    for url in (LIST, f"{LIST}{key.pk}/change/", f"{LIST}{key.pk}/history/"):
        assert secret not in admin_client.get(url).content.decode()
    assert Program(secret).post().status_code == 201
    key.refresh_from_db()
    assert timezone.now() - key.last_used_at < timedelta(minutes=1)  # type: ignore[operator]


@pytest.mark.parametrize(
    "shown",
    ["", "Bearer", "Bearer ", "Bearer shop_", "Bearer \x00", "Bearer é", "Basic eDp5", "Token {}", "Bearer {}x", "{}"],
)
def test_without_the_key_nothing_is_told_or_made(shown: str) -> None:
    _key, secret = made_key()
    for url, ask in ((CREATE, Client().post), ("/api/orders/2222-2222/", Client().get)):
        answer = ask(url, headers={"Authorization": shown.format(secret)})
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
        assert "Bearer KEY" in answer.json()["message"]
    assert not Order.objects.exists()


def test_a_signed_in_browser_is_no_program(admin_client: Client) -> None:
    assert admin_client.post(CREATE, "{}", content_type="application/json").status_code == 401


def test_a_key_may_do_what_its_rights_say() -> None:
    may_nothing, may_sell = Program(name="a", create_order=False), Program(name="b", custom_amount=False)
    for program, right in ((may_nothing, "create_order"), (may_sell, "custom_amount")):
        answer = program.post()
        assert answer.status_code == 403
        assert right in answer.json()["message"]
    assert not Order.objects.exists()


def test_a_key_that_asks_too_often_waits_and_others_do_not() -> None:
    busy, other = Program(name="a", requests_per_minute=2), Program(name="b", requests_per_minute=2)
    url = "/api/orders/2222-2222/"
    assert [busy.get(url).status_code for _time in range(3)] == [404, 404, 429]
    answer = busy.post()
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 60
    assert answer.json()["message"]
    assert other.get(url).status_code == 404
    Limit.objects.update(since=timezone.now() - timedelta(minutes=1))
    assert busy.get(url).status_code == 404


def test_a_revoked_key_opens_nothing_for_good(admin_client: Client) -> None:
    key, secret = made_key()
    url = f"{LIST}{key.pk}/revoke/"
    assert "Revoke the key of ERP?" in admin_client.get(url).content.decode()
    assert Program(secret).post().status_code == 201
    assert admin_client.post(url).status_code == 302
    assert Program(secret).post().status_code == 401
    assert admin_client.post(url).status_code == 404
    assert admin_client.post(f"{LIST}{key.pk}/renew/").status_code == 404
    assert [entry.change_message for entry in LogEntry.objects.all()] == ["Revoked"]


def test_a_renewed_key_keeps_its_orders_and_shuts_the_old_one_out(admin_client: Client) -> None:
    key, old = made_key()
    Program(old).post()
    assert "shut out" in admin_client.get(f"{LIST}{key.pk}/renew/").content.decode()
    new = shown(admin_client.post(f"{LIST}{key.pk}/renew/"))
    assert Program(old).post().status_code == 401
    assert Program(new).post().status_code == 200
    assert Order.objects.count() == 1


def test_what_is_edited_changes_only_that(admin_client: Client) -> None:
    key, secret = made_key()
    form = {"name": "ERP 2", "create_order": "on", "requests_per_minute": "5"}
    assert admin_client.post(f"{LIST}{key.pk}/change/", form).status_code == 302
    key.refresh_from_db()
    assert (key.name, key.custom_amount, key.requests_per_minute) == ("ERP 2", False, 5)
    assert keys.recognise(secret) == key
    form["requests_per_minute"] = "0"
    assert admin_client.post(f"{LIST}{key.pk}/change/", form).status_code == 200  # the form says what is wrong


def test_no_key_is_deleted_and_staff_without_the_right_do_nothing(client: Client, django_user_model: Any) -> None:
    key, secret = made_key()
    sign_in(client, django_user_model.objects.create_user("kim", is_staff=True))
    for url in (LIST, f"{LIST}add/", f"{LIST}{key.pk}/renew/", f"{LIST}{key.pk}/revoke/", f"{LIST}{key.pk}/delete/"):
        assert client.post(url).status_code in {302, 403}
    assert keys.recognise(secret) == key


def test_91_a_key_does_not_stand_in_logs() -> None:
    _key, secret = made_key()
    assert secret.rpartition("_")[2] not in logs.mask(f"asked with {secret}")
    assert secret[14:] not in logs.mask(f"Authorization: Bearer {secret}")


@pytest.mark.parametrize("path", ["add/", "{pk}/change/", "{pk}/renew/", "{pk}/revoke/"])
def test_who_touches_keys_shows_the_second_factor_again(admin_user: User, path: str) -> None:
    key, _secret = made_key()
    url = LIST + path.format(pk=key.pk)
    before = ApiKey.objects.values().get()
    late = sign_in(Client(), admin_user, minutes_ago=11)
    for answer in (late.get(url), late.post(url, {"name": "ERP", "requests_per_minute": "600"})):
        assert unquote(answer["Location"]) == f"/admin/confirm/code/?next={url}"
    assert ApiKey.objects.values().get() == before
    assert sign_in(Client(), admin_user, minutes_ago=9).get(url).status_code == 200


def test_a_key_for_amounts_needs_the_right_to_make_orders(admin_client: Client) -> None:
    answer = admin_client.post(f"{LIST}add/", {"name": "Till", "custom_amount": "on", "requests_per_minute": "60"})
    assert "This needs the right to make orders, too." in answer.content.decode()
    assert not ApiKey.objects.exists()
