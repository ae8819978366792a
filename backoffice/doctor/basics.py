"""The doctor looks at settings, database, migrations, files, and the alarms that stand."""

import os
from pathlib import Path

from django.conf import settings
from django.core import checks
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from background import health

from .finding import Found, error, ok, warning

DATABASE = "Start the database, and check DATABASE_URL: host, port, user, password, name."
BUCKET = "Check MEDIA_BUCKET, MEDIA_REGION and MEDIA_ENDPOINT, and what the machine's role may do in the bucket."
MIGRATE = "Run: python manage.py migrate"


def settings_are_safe() -> Found:
    """Django's own checks; those for deployment too, unless this is development."""
    messages = checks.run_checks(include_deployment_checks=not settings.DEBUG)
    serious = [message for message in messages if message.level >= checks.WARNING and not message.is_silenced()]
    for message in serious:
        say = error if message.level >= checks.ERROR else warning
        yield say(f"{message.id}: {message.msg}", message.hint or "See: python manage.py check --deploy")
    if not serious:
        yield ok("DEBUG is on: development." if settings.DEBUG else "The checks for deployment find nothing.")


def database_answers() -> Found:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as problem:
        yield error(f"The database does not answer: {str(problem).splitlines()[0]}", DATABASE)
        return
    if connection.vendor == "sqlite" and not settings.DEBUG:
        yield warning("The database is SQLite: fine for one small machine.", "For more, set DATABASE_URL to Postgres.")
    else:
        yield ok(f"{connection.vendor} answers.")


def migrations_are_applied() -> Found:
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        yield error("Unknown without a database.", DATABASE)
        return
    if missing:
        yield error(f"Migrations that are not applied: {len(missing)}, the first {missing[0][0]}.", MIGRATE)
    else:
        yield ok("All migrations are applied.")


def files_are_there() -> Found:
    static = Path(settings.STATIC_ROOT)
    yield from _bucket_answers() if settings.MEDIA_BUCKET else _folder_takes_pictures()
    if not str(settings.STORAGES["staticfiles"]["BACKEND"]).endswith("CompressedManifestStaticFilesStorage"):
        yield ok("Static files are served as they lie in the project.")
    elif (static / "staticfiles.json").exists():
        yield ok(f"Static files are collected in {static}.")
    else:
        yield error(
            f"{static} holds no static files: every page fails.", "Run: python manage.py collectstatic --noinput"
        )


def _folder_takes_pictures() -> Found:
    media = Path(settings.MEDIA_ROOT)
    nearest = next(folder for folder in (media, *media.parents) if folder.exists())
    if not os.access(nearest, os.W_OK):
        yield error(f"Pictures cannot be written to {media}.", "Let the shop's user own MEDIA_ROOT.")
    else:
        yield ok(f"Pictures can be written to {media}.")


def _bucket_answers() -> Found:
    try:
        default_storage.exists("doctor")
    except Exception as problem:  # whatever the library of the storage raises
        yield error(f"The bucket {settings.MEDIA_BUCKET} does not answer: {problem}", BUCKET)
    else:
        yield ok(f"Pictures are kept in the bucket {settings.MEDIA_BUCKET}.")


def nothing_alarms() -> Found:
    alarms = health.alarms_in_english()
    for alarm in alarms:
        yield warning(alarm.sentence, f"See docs/operations.md, {alarm.heading}.")
    if not alarms:
        yield ok("No alarm stands.")
