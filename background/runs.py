"""Work that somebody watches: how far it is, and what came of it. Only this file writes TaskRun.

A page includes templates/background/_run.html, and js/task-run.js keeps that true; without scripts it asks anew by
itself.
"""

from django.db.models import F, QuerySet
from django.utils import timezone

from .models import TaskRun

State = TaskRun.State


def plan(title: str, *, steps: int = 0) -> TaskRun:
    """A run that waits for a worker. `title` is in the language of who watches; `steps` where their number is known."""
    return TaskRun.objects.create(title=title, steps=steps)


def start(pk: int, *, steps: int | None = None) -> None:
    """A worker works on it, perhaps once more; `steps` where it knows by now how many. What is over stays over."""
    _open(pk).filter(started_at=None).update(started_at=timezone.now())
    _open(pk).update(state=State.STARTED, **({} if steps is None else {"steps": steps, "steps_done": 0}))


def step(pk: int, done: int | None = None) -> None:
    """One more step is done, or so many are."""
    _open(pk).update(steps_done=F("steps_done") + 1 if done is None else done)


def say(pk: int, words: str) -> None:
    """Tell who watches why it takes long."""
    _open(pk).update(words=words[:300])


def finish(pk: int, words: str) -> None:
    """It is done; `words` are the result. A second call changes nothing."""
    _end(pk, State.DONE, words)


def fail(pk: int, words: str) -> None:
    """It will not be done; `words` say why, for people. A second call changes nothing."""
    _end(pk, State.FAILED, words)


def _end(pk: int, state: TaskRun.State, words: str) -> None:
    _open(pk).update(state=state, words=words[:300], finished_at=timezone.now())


def _open(pk: int) -> "QuerySet[TaskRun]":
    return TaskRun.objects.filter(pk=pk, state__in=(State.QUEUED, State.STARTED))
