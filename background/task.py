"""The base class of every task: a message is a nudge about a row, and publishing one never hurts the caller.

The row that the task works on is the truth. A nudge that is lost costs seconds: each room's sweep nudges overdue
rows again. So publishing happens after commit, in a thread of its own, and failure is only logged.
"""

import atexit
import logging
import os
import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

from celery import Task, current_app, shared_task
from django.conf import settings
from django.db import transaction

from . import logs, topology
from .counts import tally

log = logging.getLogger(__name__)

# How long a claimed row belongs to its task: after the hard time limit nobody is working on it any more.
LEASE = timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT)

QUEUE_LENGTH = 1000
BREAKER_SECONDS = 30
BREATH_SECONDS = 0.03  # between two publications: what comes meanwhile travels together

Message = tuple[tuple[Any, ...], dict[str, str]]  # arguments, and headers that say whom they are about
Nudge = tuple["Task[Any, Any]", Message]


class Publisher:
    """Publishes nudges in the background of this process; gives up on a broken broker for half a minute.

    The first goes at once. Those that come while it catches its breath share one message to `carrier`, a task that
    publishes them from a worker: making a message takes as long as half a page, and the page waits for it (threads of a
    process take turns).
    """

    def __init__(self, carrier: "Callable[[], Task[Any, Any]]") -> None:
        self._carrier = carrier
        self._nudges: queue.Queue[Nudge] = queue.Queue(QUEUE_LENGTH)
        self._pid = 0
        self._lock = threading.Lock()
        self._closed_until = 0.0

    def put(self, task: "Task[Any, Any]", args: tuple[Any, ...]) -> None:
        """Hand over one nudge. Returns at once; drops it, with a log line, where too many wait already."""
        self._ensure_thread()
        try:
            self._nudges.put_nowait((task, (args, logs.carried())))
        except queue.Full:
            log.warning("nudge dropped, the broker is too slow: %s", task.name)

    def _ensure_thread(self) -> None:
        with self._lock:
            if self._pid != os.getpid():  # first use, or first use after a fork
                self._pid = os.getpid()
                self._nudges = queue.Queue(QUEUE_LENGTH)
                threading.Thread(target=self._run, name="nudges", daemon=True).start()
                atexit.register(self.flush, 2)

    def _run(self) -> None:
        while True:
            nudges = self._waiting()
            try:
                for task, many in _by_task(nudges).items():
                    self._publish(task, many)
            finally:
                for _nudge in nudges:
                    self._nudges.task_done()
            time.sleep(BREATH_SECONDS)

    def _waiting(self) -> list[Nudge]:
        """Every nudge that waits; waits for one where there is none."""
        nudges = [self._nudges.get()]
        with suppress(queue.Empty):
            while True:
                nudges.append(self._nudges.get_nowait())
        return nudges

    def _publish(self, task: "Task[Any, Any]", many: list[Message]) -> None:
        if time.monotonic() < self._closed_until:
            return
        try:
            if len(many) == 1:
                args, headers = many[0]
                task.apply_async(args=args, headers=headers, retry=False, ignore_result=task.ignore_result)
            else:
                route = current_app.amqp.router.route({}, task.name)  # a payment's carrier waits behind no picture
                cargo, headers_of_each = zip(*many, strict=True)
                self._carrier().apply_async(
                    args=(task.name, list(cargo), headers_of_each), retry=False, ignore_result=True, **route
                )
        except Exception as error:  # whatever the transport raises: the sweep makes up for it
            self._closed_until = time.monotonic() + BREAKER_SECONDS
            log.warning("nudge failed, next try in %d s: %s: %r", BREAKER_SECONDS, task.name, error)

    def flush(self, seconds: float) -> bool:
        """Wait until every nudge handed over so far was tried, at most `seconds`. True: all were."""
        end = time.monotonic() + seconds
        while self._nudges.unfinished_tasks and time.monotonic() < end:
            time.sleep(0.01)
        return not self._nudges.unfinished_tasks


def _by_task(nudges: list[Nudge]) -> "dict[Task[Any, Any], list[Message]]":
    many: dict[Task[Any, Any], list[Message]] = {}
    for task, message in nudges:
        many.setdefault(task, []).append(message)
    return many


publisher = Publisher(lambda: current_app.tasks["background.tasks.pass_on"])


class NudgeTask(Task):
    """A task that carries the id of a row. It may run twice, and raises when it fails."""

    topic = topology.OTHER

    def before_start(self, task_id: str, args: Any, kwargs: Any) -> None:
        """What the task logs names it, and the request and order that it was nudged for."""
        logs.begin_task(task_id, self.request.headers)

    def after_return(self, status: str, retval: Any, task_id: str, args: Any, kwargs: Any, einfo: Any) -> None:
        tally.add("tasks", task=self.name, outcome=status.lower())

    def nudge_on_commit(self, *args: Any) -> None:
        """Publish this task once the running transaction commits (at once outside one).

        Never blocks and never raises; a second call publishes a second, harmless nudge.
        """
        transaction.on_commit(partial(publisher.put, self, args), robust=True)


def background_task(*, topic: str = topology.OTHER, **options: Any) -> Callable[[Callable[..., Any]], NudgeTask]:
    """Celery's shared_task with the base class that can nudge.

    `topic` is the kind of work, which is its queue, and what comes of it: "mail.receipt". Raises ValueError for a
    kind that has no queue.
    """
    topology.kind_of(topic)
    return shared_task(base=NudgeTask, topic=topic, **options)


def nudge(name: str, *args: Any) -> None:
    """nudge_on_commit for a task of the caller's own room that it cannot import, since the task imports it."""
    task = current_app.tasks[name]
    assert isinstance(task, NudgeTask), name  # noqa: S101 - every task of the app is one
    task.nudge_on_commit(*args)
