"""A worker's connection to the database stays open from task to task."""

import psycopg2
import pytest
from celery import current_app
from celery.app.trace import build_tracer
from celery.fixups.django import DjangoWorkerFixup  # type: ignore[attr-defined]  # the stubs are behind
from django.db import connection

from background import tasks

pytestmark = [pytest.mark.needs("postgres"), pytest.mark.django_db(transaction=True)]


def work(task_id: str) -> None:
    """Run a task that asks the database, as a worker does."""
    tracer = build_tracer(tasks.beat.name, tasks.beat, app=current_app)
    outcome = tracer(task_id, [], {}, {"is_eager": False})
    assert outcome.info is None, outcome  # it holds the error where there was one


def backend() -> int:
    """The server's process at the other end of the open connection."""
    assert connection.connection is not None
    return int(connection.connection.info.backend_pid)


def test_a_worker_keeps_its_connection_and_makes_another_where_it_broke() -> None:
    celerys = DjangoWorkerFixup(current_app)
    celerys.install()
    work("1")
    kept = backend()
    work("2")
    assert backend() == kept
    with psycopg2.connect(**connection.get_connection_params()) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [kept])
    work("3")
    assert backend() != kept


def test_a_worker_makes_another_where_it_is_too_old() -> None:
    work("1")
    kept = backend()
    connection.close_at = 0
    work("2")
    assert connection.connection is None or backend() != kept
