"""All settings, read once from the environment. Secure unless told otherwise; DEBUG=1 brings embedded defaults.

Only this file reads the environment; docs/settings.md lists what it may hold, from the comments here. NAME_FILE names
a file that holds the value of NAME.
"""

import sys
from pathlib import Path

from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from environ import Env
from environ.fileaware_mapping import FileAwareMapping

from background import topology

from . import time_zones

BASE_DIR = Path(__file__).resolve().parent.parent


class Environment(FileAwareMapping):
    """The environment, and the files that it names. An editor's newline at the end of a file is none of the value."""

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name).strip()


class FileAwareEnv(Env):
    ENVIRON = Environment()


env = FileAwareEnv()

DEBUG = env.bool("DEBUG", default=False)  # development: error pages, embedded defaults, no HTTPS; never on a server
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "data")))  # what the processes write, where not said apart


def secret(name: str, what: str, *, development: str) -> str:
    """The secret called `name`; `development` stands in with DEBUG, else its absence stops the start."""
    value = env.str(name, default="") or (development if DEBUG else "")
    if not value:
        raise ImproperlyConfigured(f"Set {name}: {what}. (DEBUG=1 would use a development value.)")
    return value


# Django ---------------------------------------------------------------------------------------------------------------

SECRET_KEY = secret("SECRET_KEY", "50 or more random characters that only this shop knows", development="development")
# Names under which the shop answers; any other Host is a 400.
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if DEBUG else [])
ROOT_URLCONF = "shop_project.urls"
WSGI_APPLICATION = "shop_project.wsgi.application"
ASGI_APPLICATION = "shop_project.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "backoffice.apps.ShopAdminConfig",  # in place of django.contrib.admin
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_celery_results",
    "django_htmx",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "background",
    "shop",
    "cart",
    "orders",
    "payment",
    "messager",
    "backoffice",
]

MIDDLEWARE = [
    "shop_project.middleware.name_request",
    "shop_project.middleware.count_request",
    "shop_project.middleware.health",  # before host and HTTPS checks: probes know neither
    "shop_project.middleware.refuse_nul",
    "django.middleware.security.SecurityMiddleware",
    "payment.middleware.webhook",  # behind HTTPS; it checks the host itself
    "shop_project.middleware.SecurityPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "shop_project.middleware.staff_language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "backoffice.signin.gate.AuthenticationMiddleware",  # Django's; without a second factor nobody is signed in
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "shop.context_processors.shop",
                "cart.context_processors.cart",
            ],
        },
    },
]

FORM_RENDERER = "shop.widgets.Renderer"

# The shop -------------------------------------------------------------------------------------------------------------

SHOP_NAME = env.str("SHOP_NAME", default="The Quiet Cellar")  # in pages, mails and papers
SHOP_CURRENCY = env.str("SHOP_CURRENCY", default="EUR").upper()  # of every price (ISO 4217); not to be changed later
SHOP_COUNTRY = env.str("SHOP_COUNTRY", default="DE").upper()  # where it sits (ISO 3166); preselected at checkout
SHOP_MINIMUM_AGE = env.int("SHOP_MINIMUM_AGE", default=18)  # years, confirmed at checkout; 0: no question
# Where the law wants buyers of alcohol to be older. Of a country whose regions differ, what most of them want.
OLDER_BUYERS = {
    "CA": 19, "ID": 21, "IS": 20, "JP": 20, "KR": 19, "KZ": 21, "LK": 21, "LT": 20, "MY": 21, "SE": 20, "TH": 20,
    "US": 21,
}  # fmt: skip
SHOP_MINIMUM_AGES = env.dict("SHOP_MINIMUM_AGES", cast={"value": int}, default=OLDER_BUYERS)  # by country: US=21;JP=20
# Whether the prices of the catalogue include tax (usual towards consumers), or it is added at checkout.
SHOP_PRICES_INCLUDE_TAX = env.bool("SHOP_PRICES_INCLUDE_TAX", default=True)
# Whether orders to countries without a tax rate (exports) leave out the tax that prices include at home.
SHOP_EXPORTS_WITHOUT_TAX = env.bool("SHOP_EXPORTS_WITHOUT_TAX", default=False)
CART_MAXIMUM_UNITS = env.int("CART_MAXIMUM_UNITS", default=99)  # of one variant in one order; more is a phone call
ORDER_MAXIMUM_UNITS = env.int("ORDER_MAXIMUM_UNITS", default=600)  # of everything in one order; 0: any number
CART_KEEP_DAYS = env.int("CART_KEEP_DAYS", default=90)  # how long a cart waits that nobody touches
REPORT_KEEP_DAYS = env.int("REPORT_KEEP_DAYS", default=7)  # how long the file of a report can be downloaded
CART_LINK_DAYS = env.int("CART_LINK_DAYS", default=30)  # how long a link in a mail brings a cart back
SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000").rstrip("/")  # links in mails start so
# How long a lower price is called reduced; then it is the usual one. The prior price is that of the 30 days before.
SHOP_REDUCTION_DAYS = env.int("SHOP_REDUCTION_DAYS", default=30)
LOW_STOCK_MARK = env.int("LOW_STOCK_MARK", default=3)  # staff are told when fewer are available; 0: never
LOW_STOCK_RECIPIENTS = env.list("LOW_STOCK_RECIPIENTS", default=[])  # addresses; without any, ADMINS
INVOICE_PREFIX = env.str("INVOICE_PREFIX", default="INV-")  # invoices are INV-2026-00001, INV-2026-00002, ...
CREDIT_NOTE_PREFIX = env.str("CREDIT_NOTE_PREFIX", default="CN-")  # a series of their own, each year from 1
WITHDRAWAL_DAYS = env.int("WITHDRAWAL_DAYS", default=14)  # to withdraw, from delivery; the law's least in the EU
DELIVERY_DAYS_ASSUMED = env.int("DELIVERY_DAYS_ASSUMED", default=14)  # where nobody noted a parcel's arrival
ORDER_LINK_DAYS = env.int("ORDER_LINK_DAYS", default=30)  # how long links in mails lead to the order
LOOKUPS_PER_EMAIL = env.int("LOOKUPS_PER_EMAIL", default=5)  # links that are asked for, within an hour
LOOKUPS_PER_VISITOR = env.int("LOOKUPS_PER_VISITOR", default=20)  # of one visitor, within an hour
# Orders placed, and payment pages asked for, by one visitor within an hour; 0: any number. Stolen cards are tried here.
CHECKOUTS_PER_VISITOR = env.int("CHECKOUTS_PER_VISITOR", default=60)
COUPONS_PER_VISITOR = env.int("COUPONS_PER_VISITOR", default=30)  # codes entered within an hour; 0: any number
STOCK_ALERTS_PER_VISITOR = env.int("STOCK_ALERTS_PER_VISITOR", default=20)  # asked for within an hour; 0: any number
# Who is mailed about new orders and those that need attention: addresses; without any, ADMINS.
STAFF_RECIPIENTS = env.list("STAFF_RECIPIENTS", default=[])
REMINDER_HOURS = env.int("REMINDER_HOURS", default=4)  # after an unpaid order has ended, for shoppers who asked for it
ORDER_HOLD_MINUTES = env.int("ORDER_HOLD_MINUTES", default=40)  # how long an unpaid order keeps its stock: 31 to 1440
if not 31 <= ORDER_HOLD_MINUTES <= 1440:  # https://docs.stripe.com/api/checkout/sessions/create: expires_at
    raise ImproperlyConfigured("Set ORDER_HOLD_MINUTES to 31 to 1440: Stripe's payment page ends after 30 min to 24 h.")

TRANSLATED = {"en": "English", "ru": "Русский", "es": "Español"}
# Some of those that locale/ has. Pages in the first one have no prefix; the others are at /ru/ and so on.
LANGUAGES = [(code, TRANSLATED.get(code, "")) for code in env.list("LANGUAGES", default=list(TRANSLATED))]
if not LANGUAGES or not all(name for _code, name in LANGUAGES):
    raise ImproperlyConfigured(f"Set LANGUAGES to some of {', '.join(TRANSLATED)}, the default one first.")
LANGUAGE_CODE = LANGUAGES[0][0]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_NAME, LANGUAGE_COOKIE_AGE = "language", 365 * 24 * 3600  # staff's choice; shoppers have addresses
LANGUAGE_COOKIE_HTTPONLY, LANGUAGE_COOKIE_SAMESITE = True, "Lax"
USE_I18N = True
USE_TZ = True
FORMAT_MODULE_PATH = "shop_project.formats"
# The shop's clock, such as Europe/Berlin: dates on pages and papers, hours of the schedule; empty: SHOP_COUNTRY's.
TIME_ZONE = env.str("TIME_ZONE", default="") or time_zones.of_country(SHOP_COUNTRY)

# Database -------------------------------------------------------------------------------------------------------------

# postgres://user:password@host:5432/name?sslmode=require, with the parameters that libpq knows; or sqlite:////path.
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'shop.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Measured: with these, several processes write at once without "database is locked".
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 10,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"].update(CONN_MAX_AGE=60, CONN_HEALTH_CHECKS=True)
    # The longest that a statement may take; 0: any time, as for migrations. Whoever waits for a lock waits 3 seconds.
    statement_seconds = env.int("DATABASE_STATEMENT_SECONDS", default=10)
    DATABASES["default"]["OPTIONS"] = {
        # Compiling a statement (jit) takes longer than any page's statements run, and so do helpers' starts.
        "options": f"-c lock_timeout=3000 -c statement_timeout={statement_seconds}s"
        " -c jit=off -c max_parallel_workers_per_gather=0",
        "connect_timeout": 5,
    } | DATABASES["default"].get("OPTIONS", {})

# Background work ------------------------------------------------------------------------------------------------------

# amqp:// (RabbitMQ), redis:// or filesystem://; several of one cluster with ; between them.
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="filesystem://localhost//")
CELERY_TIMEZONE = TIME_ZONE  # of the hours in the schedule below
CELERY_RESULT_BACKEND = "django-db"
CELERY_RESULT_EXPIRES = 7 * 24 * 3600
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_RESULT_EXTENDED = True  # the admin's list of results names task and worker
CELERY_TASK_STORE_ERRORS_EVEN_IF_IGNORED = True  # what became of a task whose row tells it is kept where it failed
CELERY_TASK_ACKS_LATE = True
# What killed its worker or hung comes again, on a broker that counts how often; elsewhere its row is due again.
CELERY_TASK_REJECT_ON_WORKER_LOST = topology.is_rabbitmq(CELERY_BROKER_URL)
CELERY_TASK_ACKS_ON_TIMEOUT = not topology.is_rabbitmq(CELERY_BROKER_URL)
CELERY_TASK_ACKS_ON_FAILURE = True  # a failed task's row is overdue, and the sweep nudges it again
CELERY_TASK_SOFT_TIME_LIMIT = 35
CELERY_TASK_TIME_LIMIT = 40  # with the sweep after it, what a killed worker held is done within a minute
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 20
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Celery would close the database's connection after each task, and a new one costs more than most tasks do.
CELERY_DB_REUSE_MAX = sys.maxsize  # instead `keep_connections` of background/tasks.py looks after them
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_TASK_CREATE_MISSING_QUEUES = False

# Tests and shops that share a broker tell theirs apart by the prefix.
QUEUE_PREFIX = env.str("QUEUE_PREFIX", default="shop")
CELERY_TASK_QUEUES = topology.queues(QUEUE_PREFIX, CELERY_BROKER_URL)
CELERY_TASK_ROUTES = (topology.route,)
CELERY_TASK_DEFAULT_EXCHANGE, CELERY_TASK_DEFAULT_EXCHANGE_TYPE = QUEUE_PREFIX, "topic"
CELERY_TASK_DEFAULT_QUEUE, CELERY_TASK_DEFAULT_ROUTING_KEY = f"{QUEUE_PREFIX}.default", topology.OTHER
# Each worker owns a queue for remote control, which two shops on one machine would both claim under Celery's names.
CELERY_CONTROL_EXCHANGE = f"{QUEUE_PREFIX}.control"
CELERY_EVENT_EXCHANGE = CELERY_EVENT_QUEUE_PREFIX = f"{QUEUE_PREFIX}.events"
BROKER_FOLDER = DATA_DIR / "broker"
CELERY_BROKER_TRANSPORT_OPTIONS = topology.transport_options(CELERY_BROKER_URL, str(BROKER_FOLDER))
if CELERY_BROKER_URL.startswith("filesystem"):
    CELERY_BROKER_TRANSPORT = "background.filesystem:Transport"
    for folder in ("queue", "control"):
        (BROKER_FOLDER / folder).mkdir(parents=True, exist_ok=True)

SWEEP_SECONDS = env.float("SWEEP_SECONDS", default=15)  # how often beat looks for overdue rows
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    name: {"task": task, "schedule": SWEEP_SECONDS, "options": {"expires": SWEEP_SECONDS}}
    for name, task in {
        "heartbeat": "background.tasks.beat",
        "sweep payments": "payment.tasks.sweep",
        "sweep orders": "orders.tasks.sweep",
        "sweep shop": "shop.tasks.sweep",
        "sweep messages": "messager.tasks.sweep",
        "sweep reports": "backoffice.tasks.sweep",
    }.items()
}
CELERY_BEAT_SCHEDULE |= {
    "reconcile": {
        "task": "payment.tasks.reconcile",
        "schedule": crontab(hour=3, minute=30),
        "options": {"expires": 12 * 3600},
    },
    "forget limits": {"task": "background.tasks.forget_limits", "schedule": 3600, "options": {"expires": 3600}},
    "remove old carts": {"task": "cart.tasks.sweep", "schedule": 3600, "options": {"expires": 3600}},
    "back in stock": {"task": "cart.tasks.tell_who_waits", "schedule": 60, "options": {"expires": 60}},
    "report of the day": {
        "task": "backoffice.tasks.report_yesterday",
        "schedule": crontab(hour=4, minute=10),
        "options": {"expires": 12 * 3600},
    },
    "figures of past days": {  # soon after midnight, too: then yesterday is over
        "task": "backoffice.tasks.count_past_days",
        "schedule": crontab(minute=1),
        "options": {"expires": 3600},
    },
    "dead letters": {"task": "background.tasks.collect_dead_letters", "schedule": 60, "options": {"expires": 60}},
    "tell admins": {"task": "background.tasks.tell_admins", "schedule": 300, "options": {"expires": 300}},
    "recommend": {
        "task": "shop.tasks.learn_anew",
        "schedule": crontab(hour=4, minute=15),
        "options": {"expires": 12 * 3600},
    },
    "count lists": {"task": "shop.tasks.count_lists", "schedule": 300, "options": {"expires": 300}},
    "low stock": {"task": "shop.tasks.tell_of_low_stock", "schedule": 60, "options": {"expires": 60}},
}

# Alarms ---------------------------------------------------------------------------------------------------------------

# Whoever reads /metrics shows it as a bearer token; without one there is no such page, and nothing is counted.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
# Who is mailed about alarms. They also show in the admin and at /readyz?deep, which a monitor outside should watch:
# a dead scheduler sends no mail.
ADMINS = [(address, address) for address in env.list("ADMINS", default=[])]
# Who gets what visitors write at /messager/.
CONTACT_RECIPIENTS = env.list("CONTACT_RECIPIENTS", default=[address for address, _name in ADMINS])
MESSAGES_PER_HOUR = env.int("MESSAGES_PER_HOUR", default=5)  # that one visitor may write, or one address
MESSAGES_KEPT_DAYS = env.int("MESSAGES_KEPT_DAYS", default=90)  # then a visitor's message is removed
EMAIL_SUBJECT_PREFIX = f"[{SHOP_NAME}] "
# Stripe tells of a payment within seconds; when a payment that old came without a webhook, they do not arrive.
WEBHOOK_SILENCE_MINUTES = env.int("WEBHOOK_SILENCE_MINUTES", default=15)
# So many orders in a row, each with an hour to pay, and none paid: then checkout itself is in doubt.
UNPAID_ORDERS_IN_A_ROW = env.int("UNPAID_ORDERS_IN_A_ROW", default=20)

# Mail -----------------------------------------------------------------------------------------------------------------

# smtp+tls://user:password@mail.example.com:587, or files: filemail://local//srv/shop/data/mail
email = env.email_url("EMAIL_URL", default=f"filemail://local/{DATA_DIR.absolute() / 'mail'}")
EMAIL_BACKEND: str = email["EMAIL_BACKEND"]
EMAIL_FILE_PATH: str = email["EMAIL_FILE_PATH"]
globals().update(email)
EMAIL_TIMEOUT = 5
# Who sends the shop's mails, as mail programs show it.
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"{SHOP_NAME} <shop@localhost>")
DEV_MAIL = DEBUG and EMAIL_BACKEND.endswith("filebased.EmailBackend")  # readable at /dev/mail/

# Stripe ---------------------------------------------------------------------------------------------------------------

STRIPE_SECRET_KEY = secret("STRIPE_SECRET_KEY", "from Stripe's dashboard, Developers", development="sk_test_sandbox")
STRIPE_WEBHOOK_SECRETS = [
    part.strip()
    for part in secret(
        "STRIPE_WEBHOOK_SECRET", "the signing secret of the endpoint /payment/webhook/", development="whsec_sandbox"
    ).split(",")
]
# Who answers API calls: empty for Stripe itself. Without a key of one's own, development talks to the local sandbox.
STRIPE_API_BASE = env.str("STRIPE_API_BASE", default="").rstrip("/")
if not STRIPE_API_BASE and STRIPE_SECRET_KEY == "sk_test_sandbox":  # noqa: S105 - the sandbox's public key
    sandbox_port = env.int("SANDBOX_PORT", default=8420)  # where `make run` starts the local Stripe
    # Where the local Stripe answers the shop, as long as there is no key for the real one.
    STRIPE_API_BASE = env.str("STRIPE_SANDBOX_URL", default=f"http://127.0.0.1:{sandbox_port}")
STRIPE_LIVEMODE = STRIPE_SECRET_KEY.startswith(("sk_live_", "rk_live_"))
if STRIPE_LIVEMODE and STRIPE_API_BASE:
    raise ImproperlyConfigured("A live Stripe key goes to Stripe only: remove STRIPE_API_BASE.")
# At most half of the web threads may wait for Stripe at once; the others go on serving pages.
STRIPE_PLACES = max(1, env.int("WEB_THREADS", default=8) // 2)
# Where browsers reach the local Stripe's payment page.
STRIPE_SANDBOX_PUBLIC_URL = env.str("STRIPE_SANDBOX_PUBLIC_URL", default=STRIPE_API_BASE).rstrip("/")

# Files ----------------------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles"))  # where collectstatic puts them
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = env.str("MEDIA_ROOT", default=str(DATA_DIR / "media"))  # uploaded pictures
SERVE_MEDIA = env.bool("SERVE_MEDIA", default=DEBUG)  # in production a web server in front does it
# The S3 bucket of uploaded pictures, where several machines serve them; empty: they lie in MEDIA_ROOT.
MEDIA_BUCKET = env.str("MEDIA_BUCKET", default="")
# Where the bucket is: a region of AWS, or the address of another server that speaks S3. Keys come as boto3 finds them.
MEDIA_REGION = env.str("MEDIA_REGION", default="") or None
MEDIA_ENDPOINT = env.str("MEDIA_ENDPOINT", default="") or None  # as above
bucket = {
    "BACKEND": "shop.images.bucket.Bucket",
    "OPTIONS": {
        "bucket_name": MEDIA_BUCKET,
        "region_name": MEDIA_REGION,
        "endpoint_url": MEDIA_ENDPOINT,
        "file_overwrite": False,
        "object_parameters": {"CacheControl": "public, max-age=31536000, immutable"},
    },
}
STORAGES = {
    "default": bucket if MEDIA_BUCKET else {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if env.bool("HASHED_STATIC_FILES", default=not DEBUG)  # names that change with the content, kept for a year
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# Security -------------------------------------------------------------------------------------------------------------

HTTPS = env.bool("HTTPS", default=not DEBUG)  # redirects to it, and cookies that travel over it only
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
cookie_prefix = "__Host-" if HTTPS else ""  # browsers take __Host- cookies only over HTTPS
SESSION_COOKIE_NAME = f"{cookie_prefix}session"
CSRF_COOKIE_NAME = f"{cookie_prefix}csrf"
CSRF_COOKIE_HTTPONLY = True  # no script reads it: forms carry the token in a field
CART_COOKIE_NAME = f"{cookie_prefix}cart"
# Other origins whose forms may post here, such as https://www.example.com; the shop's own needs none.
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# Whether X-Forwarded-For and X-Forwarded-Proto are believed: only behind a proxy that writes them itself.
TRUST_PROXY_HEADERS = env.bool("TRUST_PROXY_HEADERS", default=False)
if TRUST_PROXY_HEADERS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=3600 if HTTPS else 0)  # a year once the shop is settled
# Subdomains and preload bind other sites of the domain's owner and cannot be taken back: theirs to decide.
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("HSTS_INCLUDE_SUBDOMAINS", default=False)
SECURE_HSTS_PRELOAD = env.bool("HSTS_PRELOAD", default=False)  # as above
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000

# Chromium checks form-action along the whole redirect, so the payment page's origin stands in it.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF, "https://checkout.stripe.com"]
        + ([STRIPE_SANDBOX_PUBLIC_URL] if STRIPE_SANDBOX_PUBLIC_URL else []),
    }
}

# Staff's sign-in ------------------------------------------------------------------------------------------------------

STAFF_SESSION_HOURS = 8  # then staff sign in again, however busy they are
SESSION_COOKIE_AGE = STAFF_SESSION_HOURS * 3600
LOGIN_URL, LOGIN_REDIRECT_URL = "account_login", "admin:index"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
SIGNINS_PER_ACCOUNT = env.int("SIGNINS_PER_ACCOUNT", default=10)  # tries from one address, within 15 minutes
SIGNINS_PER_VISITOR = env.int("SIGNINS_PER_VISITOR", default=100)  # from one address, within an hour
SIGNIN_ADDRESSES_DAYS = env.int("SIGNIN_ADDRESSES_DAYS", default=90)  # how long the log keeps where somebody was
SIGNIN_EVENTS_DAYS = env.int("SIGNIN_EVENTS_DAYS", default=730)  # and that somebody signed in at all
ACCOUNT_RATE_LIMITS = False  # those count in one process, and lock an account for its owner, too
PASSWORD_RESET_TIMEOUT = 3600
ACCOUNT_ADAPTER = "backoffice.signin.adapters.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "backoffice.signin.forms.LoginForm",
    "reauthenticate": "backoffice.signin.forms.ConfirmPasswordForm",
    "change_password": "backoffice.signin.forms.ChangePasswordForm",
}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_EMAIL_VERIFICATION = "none"  # an owner of the shop enters the address
ACCOUNT_SESSION_REMEMBER = False  # the browser forgets it when it is closed
MFA_ADAPTER = "backoffice.signin.adapters.MFAAdapter"
MFA_FORMS = {
    "authenticate": "backoffice.signin.forms.AuthenticateForm",
    "reauthenticate": "backoffice.signin.forms.ReauthenticateForm",
    "authenticate_webauthn": "backoffice.signin.forms.PasskeyForm",
    "reauthenticate_webauthn": "backoffice.signin.forms.ConfirmPasskeyForm",
    "activate_totp": "backoffice.signin.forms.ActivateTOTPForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = SHOP_NAME
MFA_TOTP_TOLERANCE = 1  # periods of half a minute that a phone's clock may be off
MFA_RECOVERY_CODES_SHOW_ONCE = True

# Logs -----------------------------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "background.logs.Line", "format": "{asctime} {levelname} {name}: {message}", "style": "{"},
        "json": {"()": "background.logs.Json"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": env.str("LOG_FORMAT", default="line" if DEBUG else "json"),  # for people or for machines
        }
    },
    # DEBUG, INFO, WARNING or ERROR.
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "stripe": {"level": "WARNING"},  # its INFO lines hold parameters, and so personal data
        "django": {"handlers": []},  # Django's own would mail every error, with what was posted, to ADMINS
    },
}
