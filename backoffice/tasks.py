"""The back office's work for the worker: figures of past days, the report of the day before, and reports for staff."""

from datetime import timedelta
from typing import Any

from celery import chord
from django.utils import timezone

from background.locks import sweep_lock
from background.task import background_task

from . import dashboard, reports
from .models import DayReport, PasswordReset, Report, SignInEvent
from .reports import day
from .signin import audit, notices, resets

BATCH = 20


@background_task(topic="long.report", ignore_result=True)
def report_yesterday() -> None:
    """Ask for the report of yesterday. A second run asks for nothing more."""
    day.ask_for(timezone.localdate() - timedelta(days=1))


@background_task(topic="long.report", ignore_result=True)
def make_report(report_pk: int) -> None:
    """Split a report into parts, let workers count them, and have them collected. A second run does nothing.

    A part that fails leaves the report without figures, and the sweep begins it again.
    """
    parts = [count_part.s(report_pk, name) for name in day.begin(report_pk)]
    if parts:
        chord(parts)(collect_report.s(report_pk))


@background_task(topic="long.part")
def count_part(report_pk: int, name: str) -> dict[str, Any]:
    """The figures of one part of a report. It only reads."""
    return day.part(report_pk, name)


@background_task(topic="long.report")
def collect_report(parts: list[dict[str, Any]], report_pk: int) -> None:
    """Put the parts of a report together. A second run changes nothing."""
    day.collect(report_pk, parts)


# Below RabbitMQ's half hour, after which it would hand the message to another worker.
@background_task(topic="long.report", soft_time_limit=25 * 60, time_limit=26 * 60)
def write_report(report_pk: int) -> bool:
    """Write the file of a report that staff asked for; whether that was done now. A second run does nothing."""
    return reports.make(report_pk)


# Below RabbitMQ's half hour, after which it would hand the message to another worker.
@background_task(topic="long.figures", soft_time_limit=25 * 60, time_limit=26 * 60, ignore_result=True)
def count_past_days() -> None:
    """Count anew what the dashboard tells of past days. One at a time; a second run finds the same."""
    with sweep_lock("figures of past days") as held:
        if held:
            dashboard.count_past_days()


@background_task(topic="mail.password", ignore_result=True)
def answer_password_reset(pk: int) -> None:
    """Mail somebody who lost a password the link to a new one, if there is an account. A second run does nothing."""
    resets.answer(pk)


@background_task(topic="mail.account", ignore_result=True)
def tell_account(event_pk: int) -> None:
    """Mail the holder of an account what happened to it. A second run does nothing."""
    notices.tell(event_pk)


@background_task(topic="default.sweep", ignore_result=True)
def sweep() -> None:
    """Nudge reports, and mails about accounts, that are overdue; delete what has expired. One sweep at a time."""
    with sweep_lock("backoffice") as held:
        if held:
            for pk in PasswordReset.objects.overdue().values_list("pk", flat=True)[:BATCH]:
                answer_password_reset.nudge_on_commit(pk)
            for pk in SignInEvent.objects.to_tell().values_list("pk", flat=True)[:BATCH]:
                tell_account.nudge_on_commit(pk)
            resets.forget_old()
            audit.forget_old()
            for pk in DayReport.objects.due().values_list("pk", flat=True)[:BATCH]:
                make_report.nudge_on_commit(pk)
            for pk in Report.objects.due().values_list("pk", flat=True)[:BATCH]:
                write_report.nudge_on_commit(pk)
            reports.remove_expired()
