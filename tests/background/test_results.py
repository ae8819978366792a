"""What the table of results keeps of a task."""

from typing import Any

import pytest
from celery import current_app
from celery.app.trace import build_tracer
from django_celery_results.models import TaskResult

from background.tasks import answer
from orders.tasks import send_order_email

pytestmark = pytest.mark.django_db(transaction=True)


def work(task_id: str, task: Any, argument: object) -> None:
    """Run a task as a worker does that got its message."""
    about = {"id": task_id, "is_eager": False, "ignore_result": task.ignore_result}
    build_tracer(task.name, task, app=current_app)(task_id, [argument], {}, about)


def kept() -> list[tuple[str, str]]:
    return list(TaskResult.objects.values_list("task_id", "status"))


def test_of_a_task_whose_row_tells_the_rest_only_failures_are_kept() -> None:
    work("1", send_order_email, 0)  # no such mail
    assert kept() == []
    work("2", send_order_email, "not a number")
    assert kept() == [("2", "FAILURE")]


def test_what_somebody_waits_for_is_kept() -> None:
    work("1", answer, "42")
    assert kept() == [("1", "SUCCESS")]
