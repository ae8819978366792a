"""What readiness reports. Rooms add their own alarms with `@alarm`; this file knows none of them."""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import QuerySet
from django.utils import timezone

from .models import DeadLetter, Heartbeat

log = logging.getLogger(__name__)

BEAT_SILENCE = timedelta(minutes=3)
BACKUP_AGE = timedelta(hours=30)  # a night's backup, and its being late
MOST = 100  # rows that an alarm counts

Check = Callable[[], Iterable[str]]

_checks: list[Check] = []
_migrated = False


@dataclass(frozen=True)
class Alarm:
    """Something that is wrong now. `name` stays the same while numbers in the sentence change."""

    name: str
    sentence: str

    @property
    def heading(self) -> str:
        """Where docs/operations.md says what to do about it."""
        return self.name.rpartition(".")[2]


def alarm(check: Check) -> Check:
    """Register a check that yields one sentence per thing that is wrong. It runs with every probe: keep it cheap."""
    _checks.append(check)
    return check


def counted(rows: "QuerySet[Any]") -> str:
    """How many rows there are, for a sentence: empty for none, "7", "100 or more"."""
    number = rows.order_by()[:MOST].count()  # in any order, so that the database may take the shortest way
    return f"{MOST} or more" if number == MOST else str(number or "")


def alarms() -> Iterator[Alarm]:
    """Everything that is wrong now. A check that fails is an alarm itself, and hides no other."""
    for check in _checks:
        name = f"{check.__module__}.{check.__name__}"
        try:
            sentences = list(check())
        except Exception as error:
            log.exception("alarm %s fails", name)
            sentences = [f"The check {name} fails: {type(error).__name__}."]
        for sentence in sentences:
            yield Alarm(name, sentence)


def report() -> dict[str, Any]:
    """`ready` (database and migrations), and `alarms`, sentences about everything else that is wrong."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if not _is_migrated():
            return {"ready": False, "alarms": ["Migrations are missing: run manage.py migrate."]}
    except DatabaseError as error:
        return {"ready": False, "alarms": [f"The database does not answer: {type(error).__name__}."]}
    return {"ready": True, "alarms": [alarm.sentence for alarm in alarms()]}


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


@alarm
def backups_are_old() -> Iterable[str]:
    """Where backups are noted, `manage.py note_backup`, one has to come each night."""
    last = Heartbeat.objects.filter(name="backup", at__lt=timezone.now() - BACKUP_AGE).first()
    if last:
        yield f"No backup was made since {last.at:%Y-%m-%d %H:%M} UTC."


@alarm
def letters_are_dead() -> Iterable[str]:
    if number := counted(DeadLetter.objects.filter(state=DeadLetter.State.PARKED)):
        yield f"Messages that no worker survived, to be looked at in the admin: {number}."
