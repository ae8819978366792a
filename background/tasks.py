"""The machinery's own work: signs of life, the mail about alarms, dead letters, nudges that travel together."""

from contextlib import suppress
from typing import Any

from celery import Task, current_app
from celery.signals import celeryd_after_setup, task_postrun, task_prerun
from django.db import close_old_connections
from django.utils import timezone

from . import alarm_mail, broker, dead_letters, limits
from .models import Heartbeat
from .task import background_task


@celeryd_after_setup.connect
def declare_queues(**_of_the_signal: Any) -> None:
    """Before a worker starts: it lets tasks that wait for another try into all queues, not only into those it serves.

    Where the broker is away each worker declares its own queues once that is back.
    """
    with suppress(broker.OperationalError):
        broker.declare()


@task_prerun.connect
@task_postrun.connect
def keep_connections(sender: Task, **_of_the_signal: Any) -> None:
    """From task to task a worker keeps its database connection, unless it broke or is too old, as the web does."""
    if not sender.request.is_eager:
        close_old_connections()


@background_task(topic="default.heartbeat", ignore_result=True)
def beat() -> None:
    """Note that beat and a worker both live. Twice is the same as once, later."""
    Heartbeat.objects.update_or_create(name="beat", defaults={"at": timezone.now()})


@background_task(topic="mail.alarm", ignore_result=True)
def tell_admins() -> None:
    """Mail ADMINS when alarms come or go, and once a day while they last. A second run sends nothing."""
    alarm_mail.tell_admins()


@background_task(topic="default.dead_letters", ignore_result=True)
def collect_dead_letters() -> None:
    """Move dead letters from the broker into rows, and nudge what is not given up. A second run finds none."""
    with broker.connect() as connection:
        dead_letters.collect(connection)


@background_task(topic="default.sweep", ignore_result=True)
def forget_limits() -> None:
    """Delete what no limit counts any more. A second run deletes nothing."""
    limits.forget_old()


@background_task(topic="default.answer")
def answer(question: str) -> str:
    """Give the question back: what the doctor asks to see that messages and results flow."""
    return question


@background_task(ignore_result=True)
def pass_on(name: str, many: list[list[Any]], headers: list[dict[str, str]]) -> None:
    """Publish nudges of one task that came too fast to be published one by one: a message for each list of arguments.

    Twice publishes second, harmless nudges. Raises what the broker raises; the sweep makes up for those that are left.
    """
    task = current_app.tasks[name]
    for args, about in zip(many, headers, strict=True):
        task.apply_async(args=tuple(args), headers=about, retry=False, ignore_result=task.ignore_result)
