"""Sessions of staff end, and a new password ends the others. Lost passwords come back by mail, and tell nothing."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from backoffice import tasks
from backoffice.models import PasswordReset, SignInEvent
from backoffice.signin import audit, resets
from tests.staff import app_of, code_of, sign_in

pytestmark = pytest.mark.django_db

PASSWORD, BETTER = "a long secret", "quite another secret"
RESET = "/admin/password_reset/"


@pytest.fixture
def anna(settings: Any) -> User:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return User.objects.create_superuser("anna", "Anna@example.com", PASSWORD)


def is_in(client: Client) -> bool:
    return client.get("/admin/").status_code == 200


def test_a_session_ends_after_eight_hours_however_busy_it_was(client: Client, anna: User) -> None:
    sign_in(client, anna, minutes_ago=8 * 60 - 1)
    assert is_in(client)
    sign_in(client, anna, minutes_ago=8 * 60 + 1)
    assert not is_in(client)
    assert not client.session.keys()


def test_sessions_that_are_over_are_deleted(client: Client, anna: User) -> None:
    sign_in(client, anna)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    sign_in(Client(), anna)
    audit.forget_old()
    assert Session.objects.count() == 1


def test_89_a_new_password_ends_the_other_sessions(client: Client, anna: User) -> None:
    other = sign_in(Client(), anna)
    sign_in(client, anna)
    key = client.session.session_key
    changed = client.post(
        "/admin/password_change/", {"oldpassword": PASSWORD, "password1": BETTER, "password2": BETTER}
    )
    assert changed.status_code == 302
    assert is_in(client)
    assert client.session.session_key != key
    assert not is_in(other)


def test_89_so_does_one_that_an_owner_sets(client: Client, admin_client: Client, anna: User) -> None:
    sign_in(client, anna)
    form = {"password1": BETTER, "password2": BETTER, "usable_password": "true"}
    assert admin_client.post(f"/admin/auth/user/{anna.pk}/password/", form).status_code == 302
    assert not is_in(client)


def test_a_weak_password_is_refused(client: Client, anna: User) -> None:
    sign_in(client, anna)
    page = client.post("/admin/password_change/", {"oldpassword": PASSWORD, "password1": "anna", "password2": "anna"})
    assert "too short" in page.content.decode()
    anna.refresh_from_db()
    assert anna.check_password(PASSWORD)


def test_an_account_that_is_switched_off_is_out_at_once(client: Client, anna: User) -> None:
    sign_in(client, anna)
    User.objects.update(is_active=False)
    assert not is_in(client)
    User.objects.update(is_active=True, is_staff=False)
    assert not is_in(client)


class TestLostPasswords:
    def test_90_a_known_and_an_unknown_address_are_answered_alike(
        self, client: Client, anna: User, nudges: list[tuple[str, object]]
    ) -> None:
        pages, costs = [], []
        client.post(RESET, {"email": "first@example.com"})  # the first one of a visitor costs more
        nudges.clear()
        for email in ("anna@example.com", "nobody@example.com"):
            with CaptureQueriesContext(connection) as queries:
                page = client.post(RESET, {"email": email})
            pages.append(re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", page.content.decode()))
            costs.append([re.sub(r"'[^']*'|\d+", "", query["sql"]) for query in queries.captured_queries])
        assert pages[0] == pages[1]
        assert "on its way" in pages[0]
        assert costs[0] == costs[1]
        assert [name for name, _pk in nudges] == ["backoffice.tasks.answer_password_reset"] * 2

    def test_the_link_sets_a_password_once_and_signs_nobody_in(self, client: Client, anna: User) -> None:
        app = app_of(anna)
        other = sign_in(Client(), anna)
        link = asked_link(client)
        page = client.get(link, follow=True)
        assert link not in page.request["PATH_INFO"], "the secret does not stay in the address"
        client.post(page.request["PATH_INFO"], {"new_password1": BETTER, "new_password2": BETTER})
        assert not is_in(other)
        assert not is_in(client)
        assert "too old" in Client().get(link).content.decode()
        login = client.post("/admin/login/", {"login": "anna", "password": BETTER})
        assert login["Location"] == "/admin/login/code/"
        assert client.post("/admin/login/code/", {"code": code_of(app)})["Location"] == "/admin/"
        assert is_in(client)

    def test_a_second_run_mails_nothing_more(self, client: Client, anna: User) -> None:
        asked_link(client)
        tasks.answer_password_reset(PasswordReset.objects.get().pk)
        assert len(mail.outbox) == 1
        assert PasswordReset.objects.get().email == "", "the address is forgotten"

    @pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": False}, {"email": ""}])
    def test_who_is_not_staff_gets_no_mail(self, client: Client, anna: User, change: dict[str, Any]) -> None:
        User.objects.update(**change)
        client.post(RESET, {"email": "anna@example.com"})
        assert resets.answer(PasswordReset.objects.get().pk) == 0
        assert mail.outbox == []

    def test_the_sweep_answers_what_nobody_answered(
        self, client: Client, anna: User, nudges: list[tuple[str, object]]
    ) -> None:
        client.post(RESET, {"email": "anna@example.com"})
        nudges.clear()
        tasks.sweep()
        assert nudges == []
        PasswordReset.objects.update(at=timezone.now() - timedelta(minutes=1))
        tasks.sweep()
        assert [name for name, _pk in nudges] == ["backoffice.tasks.answer_password_reset"]

    def test_asking_again_and_again_is_stopped(self, client: Client, anna: User, settings: Any) -> None:
        settings.LOOKUPS_PER_EMAIL = 2
        answers = [client.post(RESET, {"email": "ANNA@example.com"}).status_code for _time in range(3)]
        assert answers == [200, 200, 429]

    @pytest.mark.parametrize("email", ["", "no address", "a\0@example.com", f"{'a' * 5000}@example.com"])
    def test_what_is_no_address_is_refused(self, client: Client, email: str) -> None:
        assert client.post(RESET, {"email": email}).status_code == 422
        assert not PasswordReset.objects.exists()

    @pytest.mark.parametrize("path", ["1/x-y/", "%F0%9F%8D%B7/x-y/", "MQ/set-password/"])
    def test_a_made_up_link_is_refused(self, client: Client, anna: User, path: str) -> None:
        assert "too old" in client.get(f"{RESET}{path}").content.decode()


def asked_link(client: Client) -> str:
    client.post(RESET, {"email": "anna@example.com"})
    tasks.answer_password_reset(PasswordReset.objects.get().pk)
    [message] = mail.outbox
    assert message.to == ["Anna@example.com"]
    return re.search(r"http://[^/]+(/\S+)", str(message.body))[1]  # type: ignore[index]


class TestTheHolderIsTold:
    """Whoever did not change the own account learns of it by mail."""

    def told(self) -> str:
        """Subject and text of the one mail, which a second run does not repeat."""
        event = SignInEvent.objects.to_tell().get()
        tasks.tell_account(event.pk)
        tasks.tell_account(event.pk)
        [message] = mail.outbox
        assert message.to == ["Anna@example.com"]
        return f"{message.subject}\n{message.body}"

    def test_of_a_new_password(
        self, client: Client, anna: User, nudges: list[tuple[str, object]], settings: Any
    ) -> None:
        sign_in(client, anna)
        passwords = {"oldpassword": PASSWORD, "password1": BETTER, "password2": BETTER}
        client.post("/admin/password_change/", passwords, headers={"User-Agent": "Firefox on a train"})
        assert ("backoffice.tasks.tell_account", SignInEvent.objects.to_tell().get().pk) in nudges
        text = self.told()
        for words in ("The password of your account was changed.", "anna", "Firefox on a train", "127.0.0.1"):
            assert words in text
        assert f"{settings.SITE_URL}{RESET}" in text
        assert BETTER not in text

    def test_of_one_that_an_owner_set(self, admin_client: Client, anna: User) -> None:
        form = {"password1": BETTER, "password2": BETTER, "usable_password": "true"}
        admin_client.post(f"/admin/auth/user/{anna.pk}/password/", form)
        assert "The password of your account was changed." in self.told()
        assert SignInEvent.objects.get(kind="password_changed").about == "admin"

    def test_of_one_that_came_by_mail(self, client: Client, anna: User) -> None:
        link = asked_link(client)
        mail.outbox.clear()
        page = client.get(link, follow=True)
        client.post(page.request["PATH_INFO"], {"new_password1": BETTER, "new_password2": BETTER})
        assert "The password of your account was changed." in self.told()

    @pytest.mark.parametrize(
        ("kind", "words"),
        [
            ("factor_added", "A second factor was added"),
            ("factor_removed", "A second factor was removed"),
            ("factors_reset", "were reset by olga"),
            ("codes_made", "New recovery codes were made"),
            ("recovery_code", "A recovery code of your account was used"),
        ],
    )
    def test_of_what_becomes_of_the_second_factor(self, anna: User, kind: str, words: str) -> None:
        audit.note(None, audit.Kind(kind), anna, "olga")
        assert words in self.told()

    def test_in_the_language_of_who_did_it(self, anna: User) -> None:
        with translation.override("ru"):
            audit.note(None, audit.Kind.CODES_MADE, anna)
        assert "коды восстановления" in self.told()

    @pytest.mark.parametrize("kind", ["signed_in", "signed_out", "confirmed", "wrong_password", "throttled"])
    def test_but_not_of_every_day(self, anna: User, kind: str) -> None:
        audit.note(None, audit.Kind(kind), anna)
        assert not SignInEvent.objects.to_tell().exists()

    def test_nothing_is_owed_to_who_has_no_address_or_is_gone(self, anna: User) -> None:
        User.objects.update(email="")
        anna.refresh_from_db()
        audit.note(None, audit.Kind.CODES_MADE, anna)
        assert not SignInEvent.objects.to_tell().exists()
        User.objects.update(email="anna@example.com")
        anna.refresh_from_db()
        audit.note(None, audit.Kind.CODES_MADE, anna)
        anna.delete()
        tasks.tell_account(SignInEvent.objects.to_tell().get().pk)
        assert mail.outbox == []
        assert not SignInEvent.objects.exclude(tell_at=None).exists()

    def test_again_when_the_mail_server_was_away_but_not_for_ever(
        self, anna: User, nudges: list[tuple[str, object]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        audit.note(None, audit.Kind.CODES_MADE, anna)
        event = SignInEvent.objects.get()

        def refuse(*args: Any) -> int:
            raise OSError("away")

        with monkeypatch.context() as patched:
            patched.setattr(EmailBackend, "send_messages", refuse)
            with pytest.raises(OSError, match="away"):
                tasks.tell_account(event.pk)
            assert not SignInEvent.objects.to_tell().exists(), "not at once"
            SignInEvent.objects.update(tell_at=timezone.now())
            nudges.clear()
            tasks.sweep()
            assert ("backoffice.tasks.tell_account", event.pk) in nudges
            SignInEvent.objects.update(at=timezone.now() - timedelta(days=2))
            with pytest.raises(OSError, match="away"):
                tasks.tell_account(event.pk)
        assert SignInEvent.objects.get().tell_at is None
