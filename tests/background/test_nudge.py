"""A nudge never hurts the one who gives it."""

import os
import threading
import time
from typing import Any

import pytest
from django.db import transaction

from background import task as task_module
from background.task import Publisher
from orders.tasks import send_order_email


class RecordingTask:
    """What the publisher sees of a task."""

    name = "some.task"
    ignore_result = False

    def __init__(self, error: Exception | None = None, blocks: threading.Event | None = None) -> None:
        self.error, self.blocks, self.published = error, blocks, []  # type: ignore[var-annotated]

    def apply_async(self, *, args: tuple[Any, ...], **_options: Any) -> None:
        if self.blocks:
            self.blocks.wait(10)
        if self.error:
            raise self.error
        self.published.append(args)


def test_nudges_are_published_in_order() -> None:
    publisher, task = Publisher(), RecordingTask()
    for number in range(5):
        publisher.put(task, (number,))  # type: ignore[arg-type]
    assert publisher.flush(5)
    assert task.published == [(0,), (1,), (2,), (3,), (4,)]


def test_37_a_broken_broker_is_left_alone_for_half_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    publisher, broken, fine = Publisher(), RecordingTask(ConnectionRefusedError()), RecordingTask()
    publisher.put(broken, (1,))  # type: ignore[arg-type]
    publisher.put(fine, (2,))  # type: ignore[arg-type]
    assert publisher.flush(5)
    assert fine.published == []
    monkeypatch.setattr(task_module, "BREAKER_SECONDS", 0)
    publisher = Publisher()
    publisher.put(broken, (1,))  # type: ignore[arg-type]
    publisher.put(fine, (3,))  # type: ignore[arg-type]
    assert publisher.flush(5)
    assert fine.published == [(3,)]


def test_39_a_silent_broker_does_not_hold_the_request() -> None:
    silence = threading.Event()
    publisher, silent = Publisher(), RecordingTask(blocks=silence)
    started = time.monotonic()
    for number in range(3000):  # more than may wait
        publisher.put(silent, (number,))  # type: ignore[arg-type]
    assert time.monotonic() - started < 2
    assert not publisher.flush(0.05)
    silence.set()


def test_a_forked_process_publishes_by_itself() -> None:
    publisher, task = Publisher(), RecordingTask()
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
