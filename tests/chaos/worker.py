"""The shop's Celery app, for a worker that dies when it is told to.

`celery -A tests.chaos.worker`. A file `die-at-<point>` in CHAOS_FOLDER kills the process that comes to that point next,
with SIGKILL, once. Leases are shortened, so that a suite need not wait for the real ones, unless CHAOS_LEASE says
"genuine". Besides there are tasks that misbehave as no task of the shop does.
"""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import django
from celery.exceptions import SoftTimeLimitExceeded

from shop_project.celery import app  # names the settings

django.setup()  # before the rooms are imported

from django.core.mail.backends import filebased  # noqa: E402

from background.task import background_task  # noqa: E402
from backoffice import reports  # noqa: E402
from backoffice.reports import day, making as writing_reports  # noqa: E402
from messager import services as messages  # noqa: E402
from orders import documents, emails, lookups  # noqa: E402
from orders.documents import making  # noqa: E402
from orders.emails import delivery  # noqa: E402
from payment import gateway, handlers, services as payments  # noqa: E402
from payment.services import refunds  # noqa: E402
from shop import images, importing, low_stock  # noqa: E402
from shop.images import rendering  # noqa: E402
from shop.importing import running  # noqa: E402

FOLDER = Path(os.environ["CHAOS_FOLDER"])
LEASE = timedelta(seconds=10)


def die_at(point: str) -> None:
    """Kill this process if the point is armed; the file's new name says that it happened."""
    trap = FOLDER / f"die-at-{point}"
    try:
        trap.rename(FOLDER / f"died-at-{point}")
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


def trapped(place: Any, name: str, point: str) -> None:
    """Let the function `name` of `place` be a place to die: before it runs, and after."""
    genuine: Callable[..., Any] = getattr(place, name)

    def function(*args: Any, **kwargs: Any) -> Any:
        die_at(f"before-{point}")
        result = genuine(*args, **kwargs)
        die_at(f"after-{point}")
        return result

    setattr(place, name, function)


# Where a worker may die: before the function runs, and after it. The first of each task is the task itself: before
# its row is claimed, and before its message is acknowledged.
PLACES: list[tuple[str, Any, str]] = [
    ("event", handlers, "process"),
    ("stripe", gateway, "retrieve_session"),
    ("settling", payments, "settle_session"),  # before and after the order is paid in the database
    ("mail", emails, "deliver"),
    ("smtp", filebased.EmailBackend, "send_messages"),
    ("document", documents, "make"),
    ("drawing", making, "drawn"),
    ("refund", payments, "submit_refund"),
    ("refunding", gateway, "create_refund"),
    ("noting-refund", refunds, "settle_refund"),
    ("lookup", lookups, "answer"),
    ("message", messages, "handle"),
    ("telling-staff", messages, "_tell_staff"),
    ("acknowledging", messages, "_acknowledge"),
    ("picture", images, "render"),
    ("renditions", rendering, "_write"),
    ("import", importing, "work"),
    ("planning", running, "_plan"),
    ("writing", running, "write_plan"),
    ("report", day, "begin"),
    ("part", day, "part"),
    ("collecting", day, "collect"),
    ("report-file", reports, "make"),
    ("writing-rows", writing_reports, "_write"),
    ("keeping", writing_reports, "_keep"),
]
for point, place, function_name in PLACES:
    trapped(place, function_name, point)
if os.environ.get("CHAOS_LEASE") != "genuine":
    for module in (handlers, delivery, refunds, messages, rendering, running, day, writing_reports, low_stock):
        module.LEASE = LEASE  # type: ignore[attr-defined]


app.conf.beat_schedule["dead letters"]["schedule"] = 2  # seconds, where the shop has a minute


@background_task(topic="default.poison", name="chaos.poison")
def poison(number: int) -> None:
    """Kill whoever works on it."""
    with (FOLDER / f"poison-{number}").open("a") as runs:
        runs.write("x")
    os.kill(os.getpid(), signal.SIGKILL)


@background_task(topic="default.hang", name="chaos.hang", soft_time_limit=1, time_limit=2)
def hang(number: int) -> None:
    """Outlive the time limits."""
    with (FOLDER / f"hang-{number}").open("a") as runs:
        runs.write("x")
    with suppress(SoftTimeLimitExceeded):
        time.sleep(30)
    time.sleep(30)


@background_task(topic="default.retry", name="chaos.retry", bind=True)
def retry(self: Any, number: int) -> None:
    """Ask for a second try in two seconds, and note it."""
    if not self.request.retries:
        raise self.retry(countdown=2)
    (FOLDER / f"retried-{number}").touch()


@background_task(topic="media.slow", name="chaos.picture")
def picture(number: int) -> None:
    """Take as long as a picture."""
    time.sleep(0.3)


@background_task(topic="default.note", name="chaos.note")
def note(number: int) -> None:
    """Start, take a second, and note that it was done."""
    (FOLDER / f"started-{number}").touch()
    time.sleep(1)
    with (FOLDER / f"noted-{number}").open("a") as runs:
        runs.write("x")


__all__ = ["app"]
