"""Staff sign in with a password and a second factor; without both, nothing of the admin is to be seen by any path."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve
from django.utils.html import strip_tags

from backoffice.signin import codes
from tests.races import run_together
from tests.staff import app_of, code_of, code_of_secret, sign_in

pytestmark = pytest.mark.django_db

PASSWORD = "a long secret"
LOGIN, CODE, FACTORS, APP = "/admin/login/", "/admin/login/code/", "/admin/second-factor/", "/admin/second-factor/app/"
# What is not behind the sign-in: the sign-in itself with its way out, lost passwords, and the choice of a language.
OPEN = {
    "account_login",
    "mfa_authenticate",
    "account_logout",
    "account_reset_password",
    "password_reset_confirm",
    "set_language",
}
# What an account sees that has no factor yet: where it sets one up.
ENROLLING = {"account_reauthenticate", "mfa_index", "mfa_activate_totp", "mfa_add_webauthn"}


@pytest.fixture
def anna(settings: Any) -> User:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # a walk signs in often
    return User.objects.create_superuser("anna", "anna@example.com", PASSWORD)


def give_password(client: Client, password: str = PASSWORD, **more: str) -> Any:
    return client.post(LOGIN, {"login": "anna", "password": password} | more)


def give_code(client: Client, code: str) -> Any:
    return client.post(CODE, {"code": code})


def is_in(client: Client) -> bool:
    return client.get("/admin/").status_code == 200


def words(response: Any) -> str:
    return " ".join(strip_tags(response.content.decode()).split())


class TestSigningIn:
    def test_password_and_code_lead_to_the_page_that_was_wanted(self, client: Client, anna: User) -> None:
        app = app_of(anna)
        wanted = client.get("/admin/orders/order/")
        assert wanted["Location"] == f"{LOGIN}?next=/admin/orders/order/"
        asked = give_password(client, next="/admin/orders/order/")
        assert asked["Location"] == CODE
        assert not is_in(client)
        assert give_code(client, code_of(app))["Location"] == "/admin/orders/order/"
        assert is_in(client)

    def test_a_wrong_password_and_an_unknown_name_are_answered_alike(self, client: Client, anna: User) -> None:
        wrong = words(give_password(client, "another"))
        assert "not correct" in wrong
        assert wrong == words(client.post(LOGIN, {"login": "nobody", "password": "another"}))

    def test_a_wrong_code_is_refused(self, client: Client, anna: User) -> None:
        app = app_of(anna)
        give_password(client)
        assert "Incorrect code" in words(give_code(client, code_of(app, steps=9)))
        assert not is_in(client)

    @pytest.mark.parametrize("code", ["", " ", "\0", "0" * 5000, "ф" * 6, "123 45", "Ⅵ" * 6])
    def test_what_is_no_code_is_refused_with_a_sentence(self, client: Client, anna: User, code: str) -> None:
        app_of(anna)
        give_password(client)
        response = give_code(client, code)
        assert response.status_code == 200
        assert "field-error" in response.content.decode()

    def test_82_a_code_is_good_once(self, client: Client, anna: User) -> None:
        app = app_of(anna)
        code = code_of(app)
        give_password(client)
        give_code(client, code)
        assert is_in(client)
        thief = Client()
        give_password(thief)
        assert "Incorrect code" in words(give_code(thief, code))
        assert not is_in(thief)
        assert "Incorrect code" in words(give_code(thief, code_of(app, steps=-1))), "nor one from before it"
        give_code(thief, code_of(app, steps=1))
        assert is_in(thief)

    def test_82_a_code_is_good_once_whichever_process_it_comes_to(self, anna: User) -> None:
        """No cache of one process knows it: the row of the app does."""
        app = app_of(anna)
        assert [codes.spend(app, code_of(app)) for _process in range(2)] == [True, False]

    @pytest.mark.needs("postgres")
    @pytest.mark.django_db(transaction=True)
    def test_82_a_code_that_comes_ten_times_at_once_is_good_once(self, anna: User) -> None:
        app = app_of(anna)
        code = code_of(app)
        assert sorted(run_together([lambda: codes.spend(app, code)] * 10, connections=10)) == [False] * 9 + [True]

    def test_a_recovery_code_is_good_once(self, client: Client, anna: User) -> None:
        app_of(anna)
        [code, *_others] = RecoveryCodes.activate(anna).generate_codes()
        give_password(client)
        give_code(client, f"{code[:4]} {code[4:]}")
        assert is_in(client)
        thief = Client()
        give_password(thief)
        assert "Incorrect code" in words(give_code(thief, code))

    @pytest.mark.parametrize(
        "evil", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example", "https:evil"]
    )
    def test_85_the_way_back_leads_to_no_other_site(self, client: Client, anna: User, evil: str) -> None:
        app = app_of(anna)
        give_password(client, next=evil)
        assert give_code(client, code_of(app))["Location"] == "/admin/"
        assert client.get(LOGIN, {"next": evil})["Location"] == "/admin/"

    def test_an_account_that_is_not_staffs_cannot_sign_in(self, client: Client, anna: User) -> None:
        User.objects.update(is_staff=False, is_superuser=False)
        assert "not correct" in words(give_password(client))

    def test_an_account_that_was_switched_off_cannot_sign_in(self, client: Client, anna: User) -> None:
        User.objects.update(is_active=False)
        assert "not correct" in words(give_password(client))

    def test_the_key_of_the_session_changes(self, client: Client, anna: User) -> None:
        app = app_of(anna)
        give_password(client)
        before = client.session.session_key
        give_code(client, code_of(app))
        assert client.session.session_key != before

    def test_signing_out_is_a_post(self, client: Client, anna: User) -> None:
        sign_in(client, anna)
        client.get("/admin/logout/")
        assert is_in(client)
        assert client.post("/admin/logout/")["Location"] == LOGIN
        assert not is_in(client)


class TestSettingUp:
    def test_who_has_no_factor_sets_one_up_first(self, client: Client, anna: User) -> None:
        assert give_password(client)["Location"] == "/admin/"
        assert client.get("/admin/", follow=True).redirect_chain[-1] == (FACTORS, 302)
        page = client.get(APP)
        assert "data:image/svg+xml;base64," in page.content.decode()
        secret = client.session["mfa.totp.secret"]
        assert secret in page.content.decode()
        assert "Incorrect code" in words(client.post(APP, {"code": "000000"}))
        key, code = client.session.session_key, code_of_secret(secret)
        shown = client.post(APP, {"code": code}, follow=True)
        assert len(re.findall(r"<code>\d{4} \d{4}</code>", shown.content.decode())) == 10
        assert is_in(client)
        assert client.session.session_key != key
        assert "<code>" not in client.get("/admin/second-factor/codes/").content.decode(), "they are shown once"
        thief = Client()
        give_password(thief)
        assert "Incorrect code" in words(give_code(thief, code)), "the first code is spent, too"

    def test_the_secret_lies_in_the_database_encrypted(self, anna: User, settings: Any) -> None:
        secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
        app = codes.TOTP.activate(anna, secret).instance
        assert secret not in str(app.data)
        old, settings.SECRET_KEY = settings.SECRET_KEY, "another"
        settings.SECRET_KEY_FALLBACKS = [old]
        assert codes.spend(app, code_of_secret(secret)), "also after the key of the shop was rolled"

    def test_after_the_shops_key_was_lost_the_page_says_what_to_do(
        self, client: Client, anna: User, settings: Any
    ) -> None:
        app_of(anna)
        settings.SECRET_KEY = "another"
        give_password(client)
        assert "secret key has changed" in words(give_code(client, "123456"))

    def test_the_last_factor_cannot_be_removed(self, client: Client, anna: User) -> None:
        sign_in(client, anna)
        RecoveryCodes.activate(anna)
        page = words(client.post(f"{APP}remove/"))
        assert "only second factor" in page
        assert Authenticator.objects.filter(user=anna, type="totp").exists()
        assert is_in(client)

    def test_to_change_factors_one_confirms_who_one_is(self, client: Client, anna: User) -> None:
        """A session that somebody left open is not enough."""
        sign_in(client, anna, minutes_ago=30)
        assert is_in(client)
        for path in ("passkeys/add/", "app/remove/", "codes/new/"):
            assert client.get(f"{FACTORS}{path}")["Location"].startswith("/admin/confirm/code/?next="), path
        codes_before = RecoveryCodes.activate(anna).generate_codes()
        client.post(f"{FACTORS}codes/new/")
        assert RecoveryCodes.activate(anna).generate_codes() == codes_before
        assert "Incorrect code" in words(client.post("/admin/confirm/code/", {"code": "000000"}))
        client.post("/admin/confirm/code/", {"code": code_of(app_of(anna))})
        assert client.get(f"{FACTORS}codes/new/").status_code == 200

    def test_82_a_code_that_signed_in_confirms_nothing(self, client: Client, anna: User) -> None:
        app = app_of(anna)
        sign_in(client, anna, minutes_ago=30)
        assert codes.spend(app, code := code_of(app))
        assert "Incorrect code" in words(client.post("/admin/confirm/code/", {"code": code}))

    def test_the_factors_of_another_are_not_found(self, client: Client, anna: User) -> None:
        sign_in(client, User.objects.create_superuser("boris"))
        passkey = Authenticator.objects.create(user=anna, type="webauthn", data={"name": "Key", "credential": {}})
        for path in (f"passkeys/{passkey.pk}/", f"passkeys/{passkey.pk}/remove/"):
            assert client.post(f"{FACTORS}{path}", {"name": "Mine"}).status_code == 404


class TestDevelopment:
    """The account that dev_staff makes."""

    def test_the_page_shows_a_code_that_is_good_each_time(self, client: Client, settings: Any) -> None:
        settings.DEBUG = True
        call_command("dev_staff")
        for _time in range(2):
            page = client.post(LOGIN, {"login": "admin", "password": "admin"}, follow=True)
            code = re.search(r"the code is (\d{6})", words(page))[1]  # type: ignore[index]
            give_code(client, code)
            assert is_in(client)
            client.post("/admin/logout/")

    def test_81_elsewhere_neither_the_page_nor_the_code_helps(self, client: Client, settings: Any) -> None:
        """As when somebody takes development's database to a server."""
        settings.DEBUG = True
        call_command("dev_staff")
        account = User.objects.get()
        code = codes.shown_in_development(account)
        settings.DEBUG = False
        assert codes.shown_in_development(account) == ""
        page = words(client.post(LOGIN, {"login": "admin", "password": "admin"}, follow=True))
        assert "Enter the code" in page
        assert "Development" not in page
        assert "Incorrect code" in words(give_code(client, code))

    def test_who_has_lost_everything_is_helped_from_the_shell(self, client: Client, anna: User) -> None:
        sign_in(client, anna)
        call_command("reset_second_factor", "anna")
        assert not is_in(client)
        assert give_password(client)["Location"] == "/admin/"
        assert client.get("/admin/", follow=True).redirect_chain[-1] == (FACTORS, 302)
        with pytest.raises(CommandError):
            call_command("reset_second_factor", "nobody")


class TestEveryPath:
    """Every address of the project, those that other rooms add included."""

    def test_81_without_a_factor_no_address_answers_as_to_staff(self, anna: User) -> None:
        """Not to an account that has none, nor to a session that has shown none."""
        enrolling, stolen, nobody = Client(), Client(), Client()
        enrolling.force_login(anna)
        assert [path for path in addresses() if tells_apart(enrolling, nobody, path)] == []
        app_of(anna)
        stolen.force_login(anna)
        assert [path for path in addresses() if tells_apart(stolen, nobody, path)] == []

    def test_81_nothing_of_the_admin_is_to_be_seen_without_signing_in(self) -> None:
        shown = []
        for path in addresses("admin/"):
            response = Client().get(path)
            if not (response.status_code == 302 and response["Location"].startswith(LOGIN)):
                shown.append((path, response.status_code))
        assert shown == []

    def test_81_an_account_without_a_factor_is_led_to_set_one_up(self, client: Client, anna: User) -> None:
        give_password(client)
        ends = {path: client.get(path, follow=True).redirect_chain[-1:] for path in addresses("admin/")}
        assert {path: end for path, end in ends.items() if end != [(FACTORS, 302)]} == {}

    def test_81_with_a_factor_the_same_addresses_open(self, client: Client, anna: User) -> None:
        """The walk above would also pass if nothing was there."""
        sign_in(client, anna)
        answers = [client.get(path).status_code for path in addresses("admin/")]
        assert len(answers) > 150
        assert answers.count(200) > 50
        assert not [status for status in answers if status >= 500]

    def test_81_a_factor_that_was_taken_away_ends_the_session(self, client: Client, anna: User) -> None:
        sign_in(client, anna)
        app_of(anna).delete()
        assert not is_in(client)
        assert client.get(FACTORS)["Location"].startswith(LOGIN), "and sets up no other one"


def addresses(under: str = "") -> Iterator[str]:
    """An address for every pattern of the project: those of the sign-in itself left out."""
    for path in patterns(get_resolver()):
        if path.startswith(f"/{under}") and named(path) not in OPEN | ENROLLING:
            yield path


def patterns(resolver: URLResolver, prefix: str = "/") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        route = prefix + re.sub(r"^\^|\$$|\\Z", "", str(pattern.pattern))
        if isinstance(pattern, URLPattern):
            yield filled(route)
        else:
            yield from patterns(pattern, route)


def named(path: str) -> str | None:
    """The name of what answers at this address, which need not be the pattern that it was made of."""
    try:
        return resolve(path).url_name
    except Resolver404:
        return None


def filled(route: str) -> str:
    """The route with something in each of its places."""
    route = re.sub(r"<(?:int|path|str|slug|uuid):?\w*>|\(\?P<\w+>[^)]*\)|<\w+>", "1", route)
    return route.replace("\\.", ".").replace("\\", "")


def tells_apart(client: Client, nobody: Client, path: str) -> bool:
    mine, theirs = client.get(path), nobody.get(path)
    return (mine.status_code, mine.headers.get("Location")) != (theirs.status_code, theirs.headers.get("Location"))
