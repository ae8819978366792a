"""What readiness reports. Rooms add their own alarms with `@alarm`; this file knows none of them."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from .models import Heartbeat

BEAT_SILENCE = timedelta(minutes=3)

_alarms: list[Callable[[], Iterable[str]]] = []
_migrated = False


def alarm(check: Callable[[], Iterable[str]]) -> Callable[[], Iterable[str]]:
    """Register a check that yields one sentence per thing that is wrong."""
    _alarms.append(check)
    return check


def report() -> dict[str, Any]:
    """`ready` (database and migrations), and `alarms`, sentences about everything else that is wrong."""
    try:
        if not _is_migrated():
            return {"ready": False, "alarms": ["Migrations are missing: run manage.py migrate."]}
        alarms = [sentence for check in _alarms for sentence in check()]
    except DatabaseError as error:
        return {"ready": False, "alarms": [f"The database does not answer: {type(error).__name__}."]}
    return {"ready": True, "alarms": alarms}


def _is_migrated() -> bool:
    global _migrated  # once true it stays true for this code, so it is asked once per process
    if not _migrated:
        executor = MigrationExecutor(connection)
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _migrated


@alarm
def beat_is_silent() -> Iterable[str]:
    last = Heartbeat.objects.filter(name="beat").first()
    if last is None or last.at < timezone.now() - BEAT_SILENCE:
        yield f"No sign of beat and worker since {last.at:%Y-%m-%d %H:%M} UTC." if last else "Beat has never run."
