"""The report of a day: split, counted, collected; made once, and begun again when its parts were lost."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from background.models import TaskRun
from backoffice import tasks
from backoffice.models import DayReport
from backoffice.reports import day as reports
from cart import defaults
from tests.checkout import placed_order
from tests.staff import sign_in

pytestmark = pytest.mark.django_db


def make(report: DayReport) -> None:
    """What workers do with the chord."""
    parts = [tasks.count_part(report.pk, name) for name in reports.begin(report.pk)]
    tasks.collect_report(parts, report.pk)
    report.refresh_from_db()


def test_the_figures_are_those_of_the_day_and_of_no_other() -> None:
    defaults.load()
    placed_order()
    today, yesterday = timezone.localdate(), timezone.localdate() - timedelta(days=1)
    for day, orders in ((today, {"pending": 1}), (yesterday, {})):
        report = reports.ask_for(day)
        make(report)
        assert report.figures
        assert report.figures["orders"] == orders
        assert set(report.figures) == {"orders", "money", "best sellers", "trouble"}


def test_it_is_asked_for_and_made_once(nudges: list[Any]) -> None:
    tasks.report_yesterday()
    tasks.report_yesterday()
    report = DayReport.objects.get()
    assert nudges == [("backoffice.tasks.make_report", report.pk)]
    make(report)
    assert reports.begin(report.pk) == []
    reports.collect(report.pk, [{"orders": {"paid": 7}}])
    report.refresh_from_db()
    assert report.figures
    assert report.figures["orders"] == {}
    assert TaskRun.objects.get().state == TaskRun.State.DONE


def test_parts_that_were_lost_are_begun_again_by_the_sweep(nudges: list[Any]) -> None:
    report = reports.ask_for(timezone.localdate())
    tasks.count_part(report.pk, reports.begin(report.pk)[0])
    assert (TaskRun.objects.get().steps_done, TaskRun.objects.get().steps) == (1, 4)
    nudges.clear()
    tasks.sweep()
    assert nudges == [], "its parts may still be on their way"
    DayReport.objects.update(not_before=timezone.now())
    tasks.sweep()
    assert nudges == [("backoffice.tasks.make_report", report.pk)]
    make(report)
    assert TaskRun.objects.get().steps_done == 4


def test_lost_parts_are_begun_again_within_a_minute_and_then_less_and_less_often() -> None:
    report, waits = reports.ask_for(timezone.localdate()), []
    for _begun in range(12):
        before = timezone.now()
        assert reports.begin(report.pk)
        report.refresh_from_db()
        waits.append(round((report.not_before - before).total_seconds()))
        DayReport.objects.update(not_before=timezone.now())
    assert waits[:5] == [40, 80, 160, 300, 300]
    assert reports.begin(report.pk) == []
    assert TaskRun.objects.get().state == TaskRun.State.FAILED


def test_staff_read_it_in_the_admin(client: Client) -> None:
    sign_in(client, get_user_model()._default_manager.create_superuser("staff"))
    report = reports.ask_for(timezone.localdate())
    assert "waiting for a worker" in client.get("/admin/backoffice/dayreport/").content.decode()
    make(report)
    page = client.get(f"/admin/backoffice/dayreport/{report.pk}/change/").content.decode()
    assert "orders that call for staff" in page
    assert "0 orders were paid" in page
