"""The life of a report: asked for, made by a worker, downloaded, expired. Only this file writes Report.

Its rows go through a temporary file into pieces of the database, so that no part of it is large in memory.
"""

import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import IO

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from background import runs
from background.models import TaskRun
from background.task import LEASE, nudge
from backoffice.models import Report, ReportChunk

from .files import TooManyRows, write_csv, write_xlsx
from .kinds import SOURCES
from .tables import Span

TASK = "backoffice.tasks.write_report"
RETRY = timedelta(seconds=30)
MOST_ATTEMPTS = 3
STEPS = 500  # between two looks at the watch
PIECE = 256 * 1024  # bytes

WRITERS = {Report.Format.CSV: write_csv, Report.Format.XLSX: write_xlsx}


def ask(report: Report, *, actor: str) -> None:
    """Save a new report and have a worker make it, in the active language. A second call asks for another one."""
    report.pk = None
    report.created_by, report.language = actor, translation.get_language() or settings.LANGUAGE_CODE
    with transaction.atomic():
        report.run = runs.plan(str(report)[:120])
        report.save()
        nudge(TASK, report.pk)


def make(pk: int) -> bool:
    """Write the file of a report that is due; whether that was done now.

    A second call, also at the same moment, does nothing: the row is claimed first. A failure is raised after the next
    try has been set; after three the report has failed.
    """
    claim = {"not_before": timezone.now() + LEASE, "attempts": F("attempts") + 1}
    if not Report.objects.due().filter(pk=pk).update(**claim):
        return False
    report = Report.objects.get(pk=pk)
    try:
        with translation.override(report.language), tempfile.TemporaryFile() as file:
            _write(report, file)
            _keep(report, file)
    except TooManyRows:
        with translation.override(report.language):
            _give_up(report, _("That are more rows than a sheet of Excel has: choose CSV, or fewer days."))
    except Exception:
        _note_failure(report)
        raise
    return True


def _write(report: Report, file: IO[bytes]) -> None:
    span = Span(report.first_day, report.last_day)
    source = SOURCES[report.kind]
    runs.start(report.run_id, steps=source.steps(span))
    watch = _Watch(report)
    WRITERS[Report.Format(report.format)](file, source.columns, source.rows(span, watch.tick))


class _Watch:
    """Tells who waits how far it is, and renews the lease, now and then."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._done = 0
        self._told = timezone.now()

    def tick(self) -> None:
        self._done += 1
        if self._done % STEPS and timezone.now() - self._told < timedelta(seconds=1):
            return
        self._told = timezone.now()
        runs.step(self._report.run_id, self._done)
        Report.objects.filter(pk=self._report.pk, finished_at=None).update(not_before=self._told + LEASE)


def _keep(report: Report, file: IO[bytes]) -> None:
    """Take the file into the database, once: the row is locked, and finished in the same transaction."""
    size = file.seek(0, 2)
    file.seek(0)
    with transaction.atomic():
        if not Report.objects.select_for_update().filter(pk=report.pk, finished_at=None).exists():
            return
        for position, data in enumerate(iter(lambda: file.read(PIECE), b"")):
            ReportChunk.objects.create(report=report, position=position, data=data)
        Report.objects.filter(pk=report.pk).update(finished_at=timezone.now(), size=size)
        runs.finish(report.run_id, _("The file is ready."))


def _note_failure(report: Report) -> None:
    if report.attempts >= MOST_ATTEMPTS:
        with translation.override(report.language):
            _give_up(report, _("It failed several times. See what the workers log."))
    else:
        Report.objects.filter(pk=report.pk).update(not_before=timezone.now() + RETRY)


def _give_up(report: Report, why: str) -> None:
    with transaction.atomic():
        Report.objects.filter(pk=report.pk).update(finished_at=timezone.now())
        runs.fail(report.run_id, why)


def content(report: Report) -> Iterator[bytes]:
    """The file, piece by piece."""
    position = 0
    while (piece := ReportChunk.objects.filter(report=report, position=position).first()) is not None:
        yield bytes(piece.data)
        position += 1


def expires(report: Report) -> datetime | None:
    """When the file is deleted; None while there is none."""
    return report.finished_at and report.finished_at + timedelta(days=settings.REPORT_KEEP_DAYS)


def remove(reports: QuerySet[Report]) -> int:
    """Delete these reports with their files and runs; how many."""
    with transaction.atomic():
        found = dict(reports.values_list("pk", "run"))
        Report.objects.filter(pk__in=found).delete()
        TaskRun.objects.filter(pk__in=found.values()).delete()
    return len(found)


def remove_expired() -> int:
    """Delete the reports whose time is over; how many. A second call finds none."""
    oldest = timezone.now() - timedelta(days=settings.REPORT_KEEP_DAYS)
    return remove(Report.objects.filter(finished_at__lt=oldest))
