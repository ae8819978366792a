"""A nudge never hurts the one who gives it."""

import os
import subprocess
import sys
import threading
import time
from typing import Any

import pytest
from django.db import transaction

from background import task as task_module
from background.task import Publisher
from background.tasks import pass_on
from orders.tasks import send_order_email

SILENT_SECONDS = 20


class RecordingTask:
    """What the publisher sees of a task."""

    name = "some.task"
    ignore_result = False

    def __init__(self, error: Exception | None = None, blocks: threading.Event | None = None) -> None:
        self.error, self.blocks, self.published = error, blocks, []  # type: ignore[var-annotated]

    def apply_async(self, *, args: tuple[Any, ...], **_options: Any) -> None:
        if self.blocks:
            self.blocks.wait(SILENT_SECONDS)
        if self.error:
            raise self.error
        self.published.append(args)


def publisher_and_carrier() -> tuple[Publisher, RecordingTask]:
    """A publisher, and what carries its nudges that come fast."""
    carrier = RecordingTask()
    return Publisher(lambda: carrier), carrier  # type: ignore[arg-type, return-value]


def test_nudges_are_published_in_order_and_those_that_come_fast_travel_together() -> None:
    publisher, carrier = publisher_and_carrier()
    task, other = RecordingTask(), RecordingTask()
    publisher.put(task, (0,))  # type: ignore[arg-type]
    assert publisher.flush(5)
    assert task.published == [(0,)], "one alone goes at once"
    for number in range(1, 5):
        publisher.put(task, (number,))  # type: ignore[arg-type]
    publisher.put(other, (5,))  # type: ignore[arg-type]
    assert publisher.flush(5)
    assert (task.published, other.published) == ([(0,)], [(5,)])
    assert [published[:2] for published in carrier.published] == [("some.task", [(1,), (2,), (3,), (4,)])]


def test_a_carrier_publishes_each_nudge(monkeypatch: pytest.MonkeyPatch) -> None:
    published: list[Any] = []
    monkeypatch.setattr(send_order_email, "apply_async", lambda **options: published.append(options["args"]))
    pass_on(send_order_email.name, [[1], [2]], [{}, {}])
    assert published == [(1,), (2,)]


def test_a_carrier_takes_the_route_of_what_it_carries() -> None:
    (publisher, carrier), routes = publisher_and_carrier(), []
    carrier.apply_async = lambda **options: routes.append(options["queue"].name)  # type: ignore[method-assign]
    for number in range(3):
        publisher.put(send_order_email, (number,))
    publisher.flush(5)
    assert set(routes) == {"shop.mail"}


def test_37_a_broken_broker_is_left_alone_for_half_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    publisher, broken, fine = publisher_and_carrier()[0], RecordingTask(ConnectionRefusedError()), RecordingTask()
    publisher.put(broken, (1,))  # type: ignore[arg-type]
    publisher.put(fine, (2,))  # type: ignore[arg-type]
    assert publisher.flush(5)
    assert fine.published == []
    monkeypatch.setattr(task_module, "BREAKER_SECONDS", 0)
    publisher = publisher_and_carrier()[0]
    publisher.put(broken, (1,))  # type: ignore[arg-type]
    publisher.put(fine, (3,))  # type: ignore[arg-type]
    assert publisher.flush(5)
    assert fine.published == [(3,)]


def test_39_a_silent_broker_does_not_hold_the_request() -> None:
    silence = threading.Event()
    silent = RecordingTask(blocks=silence)
    publisher = Publisher(lambda: silent)  # type: ignore[arg-type, return-value]
    started = time.thread_time()  # of this thread alone, however busy the machine is
    for number in range(3000):  # more than may wait
        publisher.put(silent, (number,))  # type: ignore[arg-type]
    assert silent.published == [], "the broker had not answered the first when all were handed over"
    assert time.thread_time() - started < 2
    assert not publisher.flush(0.05)
    silence.set()


def test_a_forked_process_publishes_by_itself() -> None:
    publisher, task = publisher_and_carrier()[0], RecordingTask()
    publisher.put(task, (1,))  # type: ignore[arg-type]
    assert publisher.flush(5)
    child = os.fork()
    if child == 0:
        publisher.put(task, (2,))  # type: ignore[arg-type]
        os._exit(0 if publisher.flush(5) and task.published[-1] == (2,) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.django_db(transaction=True)
def test_a_nudge_waits_for_the_commit_and_dies_with_a_rollback(monkeypatch: pytest.MonkeyPatch) -> None:
    handed_over: list[tuple[Any, ...]] = []
    monkeypatch.setattr(task_module.publisher, "put", lambda _task, args: handed_over.append(args))
    with transaction.atomic():
        send_order_email.nudge_on_commit(1)
        assert handed_over == []
    assert handed_over == [(1,)]
    with transaction.atomic():
        send_order_email.nudge_on_commit(2)
        transaction.set_rollback(True)
    assert handed_over == [(1,)]


def test_a_process_that_serves_pages_knows_every_task_by_name() -> None:
    """Nobody else imports them there: without, nudges by name fail, and the breaker stays shut."""
    script = "from shop_project import wsgi; from celery import current_app; print(*current_app.tasks)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    known = done.stdout.split()
    assert {"background.tasks.pass_on", "messager.tasks.handle_message", "orders.tasks.answer_lookup"} <= set(known)
