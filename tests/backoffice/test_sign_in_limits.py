"""Guessing is stopped where it comes from, its victim is not locked out, and the log tells of it."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from background.models import Limit
from backoffice.models import SignInEvent
from backoffice.signin import audit
from tests.staff import app_of, code_of, code_of_secret, sign_in

pytestmark = pytest.mark.django_db

Kind = SignInEvent.Kind
LOGIN, CODE = "/admin/login/", "/admin/login/code/"
PASSWORD, WRONG = "a long secret", "wrong"


@pytest.fixture
def anna(settings: Any) -> User:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.SIGNINS_PER_ACCOUNT, settings.SIGNINS_PER_VISITOR = 3, 8
    return User.objects.create_superuser("anna", "anna@example.com", PASSWORD)


def guess(password: str = WRONG, *, name: str = "anna", address: str = "10.0.0.1") -> Any:
    cache.clear()  # as another process has another one
    return Client().post(LOGIN, {"login": name, "password": password}, REMOTE_ADDR=address)


def kinds() -> list[str]:
    return list(SignInEvent.objects.order_by("pk").values_list("kind", flat=True))


def test_80_who_guesses_is_stopped_and_the_victim_signs_in_from_elsewhere(anna: User) -> None:
    app = app_of(anna)
    assert [guess().status_code for _try in range(3)] == [200] * 3
    stopped = guess()
    assert stopped.status_code == 429
    assert 0 < int(stopped["Retry-After"]) <= 15 * 60
    assert "15 minutes" in stopped.content.decode()
    assert guess(PASSWORD).status_code == 429, "the right one is not told from the others"
    victim = Client(REMOTE_ADDR="10.0.0.2")
    assert victim.post(LOGIN, {"login": "anna", "password": PASSWORD})["Location"] == CODE
    assert victim.post(CODE, {"code": code_of(app)})["Location"] == "/admin/"


def test_80_many_names_from_one_address_are_stopped_too(anna: User) -> None:
    answers = [guess(name=f"name{number}").status_code for number in range(9)]
    assert answers == [200] * 8 + [429]
    assert guess(name="anna", address="10.0.0.2").status_code == 200


def test_80_forty_at_one_address_sign_in_within_a_minute(anna: User, settings: Any) -> None:
    """A whole company behind one address: no limit of another kind stands in the way."""
    settings.SIGNINS_PER_VISITOR = 100
    names = [f"anna{number}" for number in range(40)]
    User.objects.bulk_create(User(username=name, password=anna.password, is_staff=True) for name in names)
    answers = {Client().post(LOGIN, {"login": name, "password": PASSWORD}).status_code for name in names}
    assert answers == {302}


def test_80_case_and_the_rest_of_a_network_make_no_other_guesser(anna: User) -> None:
    for name, address in [("anna", "2001:db8::1"), ("ANNA", "2001:db8::2"), ("Anna", "2001:db8::ffff:1")]:
        assert guess(name=name, address=address).status_code == 200
    assert guess(address="2001:db8::9").status_code == 429


def test_80_codes_are_guessed_no_more_often(anna: User) -> None:
    app = app_of(anna)
    for address in ("10.0.0.1", "10.0.0.3", "10.0.0.4"):
        thief = Client(REMOTE_ADDR=address)
        thief.post(LOGIN, {"login": "anna", "password": PASSWORD})
        assert [thief.post(CODE, {"code": "000000"}).status_code for _try in range(4)] == [200, 200, 200, 429]
    assert thief.post(CODE, {"code": code_of(app)}).status_code == 429
    victim = Client(REMOTE_ADDR="10.0.0.2")
    victim.post(LOGIN, {"login": "anna", "password": PASSWORD})
    assert victim.post(CODE, {"code": code_of(app)}).status_code == 302


def test_80_a_session_that_was_left_open_does_not_help_to_guess(client: Client, anna: User) -> None:
    """The old password of a change, and the code that confirms, are guessed at the same door."""
    sign_in(client, anna, minutes_ago=60)
    change = {"oldpassword": "wrong", "password1": "another long one", "password2": "another long one"}
    assert [client.post("/admin/password_change/", change).status_code for _try in range(4)] == [200] * 3 + [429]
    answers = [client.post("/admin/confirm/code/", {"code": "000000"}).status_code for _try in range(4)]
    assert answers == [200] * 3 + [429]


def test_after_the_window_one_may_try_again(anna: User) -> None:
    for _try in range(4):
        guess()
    Limit.objects.update(since=timezone.now() - timedelta(minutes=16))
    assert guess(PASSWORD).status_code == 302


@pytest.mark.parametrize("name", ["", "\0", "a" * 5000, "ä" * 200, "' OR 1=1 --"])
def test_what_is_no_name_is_refused_with_a_sentence(anna: User, name: str) -> None:
    response = guess(name=name)
    assert response.status_code == 200
    assert 'class="field-error"' in response.content.decode() or 'class="notice error"' in response.content.decode()


@pytest.mark.django_db(transaction=True)
def test_the_log_tells_what_happened_in_order(anna: User) -> None:
    app = app_of(anna)
    [recovery, *_others] = RecoveryCodes.activate(anna).generate_codes()
    browser = Client(REMOTE_ADDR="10.0.0.7", HTTP_USER_AGENT="Firefox")
    browser.post(LOGIN, {"login": "anna", "password": "wrong"})
    browser.post(LOGIN, {"login": "anna", "password": PASSWORD})
    browser.post(CODE, {"code": "000000"})
    browser.post(CODE, {"code": recovery})
    browser.post("/admin/second-factor/codes/new/")
    browser.post("/admin/confirm/code/", {"code": code_of(app)})
    browser.post("/admin/logout/")
    assert kinds() == [
        Kind.WRONG_PASSWORD, Kind.WRONG_FACTOR, Kind.RECOVERY_CODE, Kind.SIGNED_IN, Kind.CODES_MADE, Kind.CONFIRMED,
        Kind.SIGNED_OUT,
    ]  # fmt: skip
    event = SignInEvent.objects.get(kind=Kind.SIGNED_IN)
    told = (event.account, event.name, event.about, event.address, event.browser)
    assert told == (anna, "anna", "recovery_codes", "10.0.0.7", "Firefox")


@pytest.mark.django_db(transaction=True)
def test_the_log_tells_of_factors_that_come_and_go(client: Client, anna: User) -> None:
    client.post(LOGIN, {"login": "anna", "password": PASSWORD})
    client.get("/admin/second-factor/app/")
    client.post("/admin/second-factor/app/", {"code": code_of_secret(client.session["mfa.totp.secret"])})
    assert kinds() == [Kind.SIGNED_IN, Kind.FACTOR_ADDED]


def test_the_log_keeps_nothing_that_was_typed(anna: User) -> None:
    """People type passwords where names belong."""
    guess("my secret", name="hunter2 my secret")
    guess("my secret")
    for event in SignInEvent.objects.values():
        assert "secret" not in str(event), event
    assert [event.name for event in SignInEvent.objects.order_by("pk")] == ["", "anna"]


def test_addresses_are_forgotten_and_later_the_events(anna: User, settings: Any) -> None:
    settings.SIGNIN_ADDRESSES_DAYS, settings.SIGNIN_EVENTS_DAYS = 90, 730
    for days in (1, 91, 731):
        guess()
        SignInEvent.objects.filter(pk=SignInEvent.objects.latest("pk").pk).update(
            at=timezone.now() - timedelta(days=days)
        )
    audit.forget_old()
    assert list(SignInEvent.objects.order_by("at").values_list("address", flat=True)) == ["", "10.0.0.1"]


def test_the_log_is_read_and_searched_in_the_admin_and_never_written(admin_client: Client, anna: User) -> None:
    guess()
    pk = SignInEvent.objects.get().pk
    page = admin_client.get("/admin/backoffice/signinevent/", {"q": "anna", "kind": Kind.WRONG_PASSWORD})
    assert "wrong name or password" in page.content.decode()
    assert "10.0.0.1" in page.content.decode()
    for path in ("add/", f"{pk}/delete/"):
        assert admin_client.get(f"/admin/backoffice/signinevent/{path}").status_code == 403
    assert admin_client.post(f"/admin/backoffice/signinevent/{pk}/change/", {"name": "x"}).status_code == 403
    assert admin_client.get("/admin/admin/logentry/").status_code == 200
    assert admin_client.get("/admin/admin/logentry/add/").status_code == 403
