"""Two tasks that do next to nothing, one of bare Celery and one of the shop's kind, for a worker that has both."""

import os
from pathlib import Path

import django
from celery import Task

from shop_project.celery import app  # names the settings

django.setup()

from background.task import background_task  # noqa: E402

FOLDER = Path(os.environ.get("BENCH_FOLDER", "."))


def note(mark: str) -> None:
    """One byte more in a file, from whatever process."""
    file = os.open(FOLDER / mark, os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    os.write(file, b"x")
    os.close(file)


@app.task(base=Task, name="bench.bare", ignore_result=True)
def bare(mark: str) -> None:
    note(mark)


@background_task(topic="default.bench", name="bench.ours", ignore_result=True)
def ours(mark: str) -> None:
    note(mark)


__all__ = ["app"]
