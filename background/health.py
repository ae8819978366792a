"""What readiness reports. Rooms add their own alarms with `@alarm`; this file knows none of them."""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from .models import DeadLetter, Heartbeat
from .row_counts import counts

log = logging.getLogger(__name__)

BEAT_SILENCE = timedelta(minutes=3)
BACKUP_AGE = timedelta(hours=30)  # a night's backup, and its being late
MOST = 100  # rows that an alarm counts


@dataclass(frozen=True, eq=False)
class Rows:
    """What is wrong where a query finds any rows; `sentence` has a %s where their number goes: "7", "100 or more"."""

    rows: "QuerySet[Any]"
    sentence: str


Check = Callable[[], Iterable[str | Rows]]

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
    """Register a check that yields one sentence per thing that is wrong, in the active language, or Rows for one.

    It runs with every probe: keep it cheap. The Rows of all checks are counted in one statement.
    """
    _checks.append(check)
    return check


def moment(when: datetime) -> str:
    """A moment for a sentence, such as 2026-11-24 18:20 UTC: as logs and Stripe's dashboard have it."""
    return f"{when:%Y-%m-%d %H:%M} UTC"


def alarms() -> Iterator[Alarm]:
    """Everything wrong now, in the active language. A check that fails is an alarm itself, and hides no other."""
    checked = [(check, finding) for check in _checks for finding in _findings(check)]
    numbers = _numbers([finding for _check, finding in checked if isinstance(finding, Rows)])
    for check, finding in checked:
        sentence = finding if isinstance(finding, str) else _sentence(check, finding, numbers.get(finding))
        if sentence:
            yield Alarm(_name(check), sentence)


def _findings(check: Check) -> list[str | Rows]:
    try:
        return list(check())
    except Exception as error:
        return [_failure(check, error)]


def _numbers(rows: list[Rows]) -> dict[Rows, int]:
    """How many there are of each; nothing where one of the queries fails, since nobody knows which."""
    try:
        return dict(zip(rows, counts([each.rows for each in rows], MOST), strict=True))
    except Exception:
        log.exception("alarms cannot be counted together")
        return {}


def _sentence(check: Check, found: Rows, number: int | None) -> str:
    """What is wrong, or nothing. Rows that could not be counted with the others are counted now."""
    try:
        [number] = counts([found.rows], MOST) if number is None else [number]
    except Exception as error:
        return _failure(check, error)
    return found.sentence % (_("%d or more") % MOST if number == MOST else number) if number else ""


def _failure(check: Check, error: Exception) -> str:
    log.error("alarm %s fails", _name(check), exc_info=error)
    return _("The check %(name)s fails: %(error)s.") % {"name": _name(check), "error": type(error).__name__}


def _name(check: Check) -> str:
    return f"{check.__module__}.{check.__name__}"


def alarms_in_english() -> list[Alarm]:
    """The same for machines, and for whoever reads docs/operations.md beside it."""
    with translation.override("en"):
        return list(alarms())


def report() -> dict[str, Any]:
    """`ready` (database and migrations), and `alarms`, English sentences about everything else that is wrong."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if not _is_migrated():
            return {"ready": False, "alarms": ["Migrations are missing: run manage.py migrate."]}
    except DatabaseError as error:
        return {"ready": False, "alarms": [f"The database does not answer: {type(error).__name__}."]}
    return {"ready": True, "alarms": [alarm.sentence for alarm in alarms_in_english()]}


def _is_migrated() -> bool:
    global _migrated  # once true it stays true for this code, so it is asked once per process
    if not _migrated:
        executor = MigrationExecutor(connection)
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _migrated


@alarm
def beat_is_silent() -> Iterable[str]:
    last = Heartbeat.objects.filter(name="beat").first()
    if last is None:
        yield _("Beat has never run.")
    elif last.at < timezone.now() - BEAT_SILENCE:
        yield _("No sign of beat and worker since %s.") % moment(last.at)


@alarm
def backups_are_old() -> Iterable[str]:
    """Where backups are noted, `manage.py note_backup`, one has to come each night."""
    last = Heartbeat.objects.filter(name="backup", at__lt=timezone.now() - BACKUP_AGE).first()
    if last:
        yield _("No backup was made since %s.") % moment(last.at)


@alarm
def letters_are_dead() -> Iterable[Rows]:
    yield Rows(
        DeadLetter.objects.filter(state=DeadLetter.State.PARKED),
        _("Messages that no worker survived, to be looked at in the admin: %s."),
    )
