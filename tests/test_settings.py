"""Settings as a production server reads them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PRODUCTION = {
    "SECRET_KEY": "".join(chr(33 + n % 90) for n in range(64)),
    "ALLOWED_HOSTS": "shop.example",
    "DATABASE_URL": "sqlite://:memory:",
    "CELERY_BROKER_URL": "amqp://shop:shop@rabbitmq//",
    "EMAIL_URL": "smtp://mail.example:25",
    "STRIPE_SECRET_KEY": "sk_live_of_nobody",
    "STRIPE_WEBHOOK_SECRET": "whsec_of_nobody",
    "SITE_URL": "https://shop.example",
}


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py with this environment and nothing else of ours."""
    ours = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "SYSTEMROOT"}}
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=ours | environment, capture_output=True, text=True, timeout=120)


def test_the_deploy_check_is_clean() -> None:
    result = manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert result.returncode == 0, result.stderr


def test_without_https_the_deploy_check_is_not_clean() -> None:
    assert manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION, HTTPS="0").returncode != 0


@pytest.mark.parametrize("name", ["SECRET_KEY", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"])
def test_a_missing_secret_stops_the_start_and_says_what_to_set(name: str) -> None:
    result = manage("check", **{key: value for key, value in PRODUCTION.items() if key != name})
    assert result.returncode != 0
    assert f"Set {name}:" in result.stderr


def test_a_live_key_goes_to_stripe_only() -> None:
    result = manage("check", **PRODUCTION, STRIPE_API_BASE="http://127.0.0.1:8420")
    assert "A live Stripe key goes to Stripe only" in result.stderr


@pytest.mark.parametrize("minutes", ["30", "1441"])
def test_orders_are_held_as_long_as_stripe_lets_a_session_last(minutes: str) -> None:
    result = manage("check", **PRODUCTION, ORDER_HOLD_MINUTES=minutes)
    assert result.returncode != 0
    assert "Set ORDER_HOLD_MINUTES to 31 to 1440" in result.stderr


@pytest.mark.parametrize(
    ("environment", "zone"),
    [
        ({}, "Europe/Berlin"),
        ({"SHOP_COUNTRY": "us"}, "America/New_York"),
        ({"SHOP_COUNTRY": "RU"}, "Europe/Moscow"),
        ({"SHOP_COUNTRY": "ZZ"}, "UTC"),
        ({"SHOP_COUNTRY": "ES", "TIME_ZONE": "Atlantic/Canary"}, "Atlantic/Canary"),
    ],
)
def test_the_clock_is_that_of_the_country_unless_it_is_set(environment: dict[str, str], zone: str) -> None:
    show = "from django.conf import settings as s; print(s.TIME_ZONE, s.CELERY_TIMEZONE)"
    assert manage("shell", "-v0", "-c", show, **PRODUCTION, **environment).stdout.split() == [zone, zone]


def test_cookies_carry_the_host_prefix_over_https_only() -> None:
    show = "from django.conf import settings as s; print(s.CART_COOKIE_NAME, s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME)"
    assert manage("shell", "-v0", "-c", show, **PRODUCTION).stdout.split() == [
        "__Host-cart",
        "__Host-session",
        "__Host-csrf",
    ]
    assert manage("shell", "-v0", "-c", show, DEBUG="1").stdout.split() == ["cart", "session", "csrf"]


def test_development_needs_no_setting_at_all() -> None:
    assert manage("check", DEBUG="1").returncode == 0


def test_languages_are_those_that_are_named_the_default_one_first() -> None:
    ask = """
from django.core.management import call_command
from django.test import Client
call_command("migrate", verbosity=0)
shopper = Client(SERVER_NAME="localhost")
pages = [shopper.get(f"{prefix}/pages/cookies/") for prefix in ("", "/en", "/es")]
print(*[(page.status_code, page["Content-Language"]) for page in pages])
"""
    result = manage("shell", "-v0", "-c", ask, DEBUG="1", LANGUAGES="ru,en", DATABASE_URL="sqlite://:memory:")
    assert result.stdout.strip() == "(200, 'ru') (200, 'en') (404, 'ru')", result.stderr
    refused = manage("check", DEBUG="1", LANGUAGES="en,xx")
    assert refused.returncode != 0
    assert "Set LANGUAGES to some of en, ru, es" in refused.stderr


def test_a_value_may_lie_in_a_file_and_ends_where_its_line_does(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("whsec_old,whsec_new\n")
    show = "from django.conf import settings as s; print(s.STRIPE_WEBHOOK_SECRETS)"
    environment = {name: value for name, value in PRODUCTION.items() if name != "STRIPE_WEBHOOK_SECRET"}
    result = manage("shell", "-v0", "-c", show, **environment, STRIPE_WEBHOOK_SECRET_FILE=str(secret))
    assert result.stdout.strip() == "['whsec_old', 'whsec_new']", result.stderr


def test_what_libpq_is_told_in_the_address_is_kept_beside_the_time_limits() -> None:
    show = "from django.conf import settings as s; print(s.DATABASES['default']['OPTIONS'])"
    url = "postgres://shop:shop@database.example/shop?sslmode=verify-full&sslrootcert=/run/ca.pem"
    result = manage("shell", "-v0", "-c", show, **PRODUCTION | {"DATABASE_URL": url})
    for part in ("'sslmode': 'verify-full'", "'sslrootcert': '/run/ca.pem'", "lock_timeout=3000"):
        assert part in result.stdout, result.stderr


def test_pictures_go_into_a_bucket_where_one_is_named() -> None:
    show = "from django.core.files.storage import default_storage as s; s.exists; print(s.bucket_name, s.region_name)"
    result = manage("shell", "-v0", "-c", show, **PRODUCTION, MEDIA_BUCKET="wines", MEDIA_REGION="eu-central-1")
    assert result.stdout.strip() == "wines eu-central-1", result.stderr
