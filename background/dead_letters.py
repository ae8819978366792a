"""Brings dead letters from the broker into rows: nudged again a few times, then given up for staff to look at."""

from datetime import timedelta
from typing import Any

from celery import current_app
from django.db import transaction
from django.utils import timezone
from kombu import Connection, Message

from . import topology
from .locks import sweep_lock
from .models import DeadLetter
from .task import NudgeTask

NUDGES = 2  # each allows the topology's deliveries again, so a fault that passes is survived
REMEMBERED = timedelta(days=1)
BATCH = 500
EXPIRED = "expired"  # what beat sent while no worker ran: nobody wants it any more, and it killed nobody

State = DeadLetter.State


def collect(connection: Connection) -> int:
    """Move what lies in the dead-letter queue into rows, and nudge what is not given up; how many there were.

    A message is discarded only when its row is committed, so a second call, or one that dies, loses and doubles nothing
    but nudges. RabbitMQ only: other brokers have no dead letters. Raises what the broker raises.
    """
    with sweep_lock("dead letters") as held:
        if not held or connection.transport.driver_type != "amqp":
            return 0
        channel = connection.default_channel
        queue = topology.dead_letters(current_app.conf.task_default_exchange)(channel)
        queue.declare()
        for number in range(BATCH):
            message = queue.get()
            if message is None:
                return number
            if _reason(message) != EXPIRED:
                _note(message)
            message.ack()
        return BATCH


def replay(letter: DeadLetter) -> bool:
    """Let a letter be worked on again, from its first death; False where the shop no longer knows its task."""
    task = current_app.tasks.get(letter.task)
    if not isinstance(task, NudgeTask):
        return False
    letter.state, letter.deaths = State.NUDGED, 0
    letter.save(update_fields=["state", "deaths"])
    task.nudge_on_commit(*letter.arguments)
    return True


@transaction.atomic
def _note(message: Message) -> None:
    now = timezone.now()
    arguments, named = _content(message)
    letter, _created = DeadLetter.objects.select_for_update().get_or_create(
        task=str(message.headers.get("task", ""))[:200],
        arguments=arguments,
        defaults={"last_at": now, "topic": str(message.delivery_info.get("routing_key", ""))[:200]},
    )
    letter.deaths = letter.deaths + 1 if letter.last_at > now - REMEMBERED else 1
    letter.last_at, letter.reason = now, _reason(message)
    task = current_app.tasks.get(letter.task)
    letter.state = State.PARKED
    if isinstance(task, NudgeTask) and letter.deaths <= NUDGES and not named:
        letter.state = State.NUDGED
        task.nudge_on_commit(*arguments)
    letter.save()


def _reason(message: Message) -> str:
    """Why the broker gave the message up, in its words."""
    death: Any = (message.headers.get("x-death") or [{}])[0]
    return str(death.get("reason", ""))[:40]


def _content(message: Message) -> tuple[list[Any], dict[str, Any]]:
    """(arguments, named arguments); a nudge has none of the latter. Nothing where it is no message of a task."""
    try:
        arguments, named, _embedded = message.payload
    except (ValueError, TypeError, LookupError):  # also what kombu raises for content that it refuses
        return [], {}
    return list(arguments), dict(named)
