"""The environment of the test suite, set before Django reads it: real servers where they answer, embedded elsewhere."""

import os
import shutil
import socket
import tempfile
import zlib
from urllib.parse import urlsplit


def answers(url: str) -> bool:
    """Whether something listens where `url` points."""
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=1):
            return True
    except OSError:
        return False


SQLITE = "sqlite:///:memory:"
POSTGRES = os.environ.get("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
RABBITMQ = os.environ.get("TEST_AMQP_URL", "amqp://guest:guest@127.0.0.1:5672//")
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/15")
CHROMIUM = os.environ.get("TEST_CHROMIUM", "") or shutil.which("chromium") or shutil.which("google-chrome") or ""
PDFTOTEXT = shutil.which("pdftotext") or ""  # of poppler, as pdffonts
PG_DUMP = shutil.which("pg_dump") or ""  # Postgres' client programs, which come with its server
STRIPE_CLI = os.environ.get("TEST_STRIPE_CLI", "") or shutil.which("stripe") or ""  # npm package @stripe/cli

AVAILABLE = {
    "postgres": answers(POSTGRES),
    "rabbitmq": answers(RABBITMQ),
    "redis": answers(REDIS),
    "chromium": bool(CHROMIUM),
    "pdftotext": bool(PDFTOTEXT),
    "pg_dump": bool(PG_DUMP),
    "stripe_cli": bool(STRIPE_CLI),
}

os.environ.update(
    DEBUG="0",
    SECRET_KEY="only for tests",
    HTTPS="0",
    ALLOWED_HOSTS="testserver,localhost,127.0.0.1",
    CELERY_BROKER_URL="memory://localhost//",
    EMAIL_URL="memorymail://",
    STRIPE_SECRET_KEY="sk_test_suite",
    STRIPE_WEBHOOK_SECRET="whsec_suite",
    CHECKOUTS_PER_VISITOR="0",  # every test comes from one address
    HASHED_STATIC_FILES="0",
    STATIC_ROOT=tempfile.mkdtemp(prefix="shop-static-"),
    MEDIA_ROOT=tempfile.mkdtemp(prefix="shop-media-"),
    STRIPE_API_BASE="http://127.0.0.1:9",  # nobody: a test that needs Stripe starts a sandbox
)
# Named after this folder, so that two clones on one machine do not take each other's test database away.
OURS = f"/shop_{zlib.crc32(__file__.encode()):08x}"
os.environ["DATABASE_URL"] = urlsplit(POSTGRES)._replace(path=OURS).geturl() if AVAILABLE["postgres"] else SQLITE
