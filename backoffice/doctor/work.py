"""The doctor looks at the worker's side: broker, queues, workers, beat, and whether an answer comes back."""

import time
import uuid

from celery import current_app
from django.conf import settings
from django.utils import timezone
from django_celery_results.models import TaskResult

from background import broker, health, topology
from background.models import Heartbeat
from background.tasks import answer

from .finding import Found, error, ok, warning

WORKER = (
    "Celery worker not running? Start it: celery --app shop_project worker (make run and docker compose do). Until "
    "then no mail is sent and no payment is noticed; nothing is lost, the rows wait."
)
BROKER = "Start the broker, and check CELERY_BROKER_URL. Until then rows wait, and the sweeps catch up."
BEAT = "Start exactly one: celery --app shop_project beat. It starts the sweeps that pick up whatever was missed."
LONG_QUEUE = 1000
ANSWER_SECONDS = 10


def broker_answers() -> Found:
    try:
        with broker.connect() as connection:
            yield ok(f"{connection.transport.driver_type} answers.")
    except broker.OperationalError as problem:
        yield error(f"The broker does not answer: {problem}", BROKER)


def queues_are_there() -> Found:
    """Declared as the settings say; a queue that exists with other arguments refuses that."""
    with broker.connect() as connection:
        for queue in settings.CELERY_TASK_QUEUES:
            try:
                queue(connection.channel()).declare()
            except connection.channel_errors as problem:
                yield error(
                    f"{queue.name} exists with other arguments: {problem}",
                    f"Delete the queue {queue.name} on the broker and restart the workers: the sweeps fill it again.",
                )
                return
        waiting = broker.waiting(connection)
    long = {name: number for name, number in waiting.items() if (number or 0) > LONG_QUEUE}
    for name, number in long.items():
        yield warning(f"{number} messages wait in {name}.", "Start more workers for that queue, or see what they log.")
    if dead := waiting.get(f"{settings.QUEUE_PREFIX}.dead"):
        yield warning(f"{dead} dead letters wait to be collected.", "A running beat and worker collect them.")
    if not long:
        yield ok(", ".join(f"{name.rpartition('.')[2]} {number or 0}" for name, number in waiting.items()))


def workers_answer() -> Found:
    queues = current_app.control.inspect(timeout=3).active_queues() or {}
    if not queues:
        yield error("No worker answers.", WORKER)
        return
    served = {queue["name"].rpartition(".")[2] for served in queues.values() for queue in served}
    missing = [kind for kind in topology.KINDS if kind not in served]
    if missing:
        names = ",".join(f"{settings.QUEUE_PREFIX}.{kind}" for kind in missing)
        remedy = f"Start one: celery --app shop_project worker --queues {names}"
        yield error(f"No worker serves {', '.join(missing)}.", remedy)
    else:
        yield ok(f"{', '.join(sorted(queues))} serve every queue.")


def beat_runs() -> Found:
    last = Heartbeat.objects.filter(name="beat").first()
    if last is None:
        yield error("Beat has never run.", BEAT)
    elif last.at < timezone.now() - health.BEAT_SILENCE:
        yield error(f"No sign of beat since {last.at:%Y-%m-%d %H:%M} UTC.", BEAT)
    else:
        yield ok(f"The last sign of beat and a worker is {(timezone.now() - last.at).seconds} s old.")


def results_come_back() -> Found:
    """A question goes to a worker as a payment would, and its answer has to arrive in the database."""
    question = uuid.uuid4().hex
    started = time.monotonic()
    try:
        task_id = answer.apply_async(args=(question,), retry=False, expires=60).id
    except broker.OperationalError as problem:
        yield error(f"Payment task not triggered: a message cannot be published: {problem}", BROKER)
        return
    while time.monotonic() - started < ANSWER_SECONDS:
        result = TaskResult.objects.filter(task_id=task_id, status="SUCCESS").first()
        if result and question in (result.result or ""):
            yield ok(f"A task was published, run, and its result stored within {time.monotonic() - started:.1f} s.")
            return
        time.sleep(0.1)
    yield error(f"A task was published, but no result came in {ANSWER_SECONDS} s: payments go unnoticed.", WORKER)
