"""Asks the broker what waits in it."""

from typing import Any

from celery import current_app
from kombu import Connection, Queue
from kombu.exceptions import OperationalError

from . import topology


def connect() -> Connection:
    """A connection that was really made, to be used in a with statement. Raises OperationalError, in seconds."""
    connection = current_app.connection_for_read()
    connection.ensure_connection(max_retries=1, timeout=3, reraise_as_library_errors=True)
    return connection


def declare() -> None:
    """Make every queue of the shop exist. Twice is once. Raises OperationalError, in seconds."""
    with connect() as connection:
        for queue in current_app.conf.task_queues:
            queue(connection.default_channel).declare()


def waiting(connection: Connection) -> dict[str, int | None]:
    """Queue name -> messages that no worker has taken yet; None where the queue does not exist yet."""
    conf = current_app.conf
    queues = list(conf.task_queues)
    if topology.is_rabbitmq(conf.broker_url):
        queues.append(topology.dead_letters(conf.task_default_exchange))
    return {queue.name: _size(connection, queue) for queue in queues}


def _size(connection: Connection, queue: Queue) -> int | None:
    channel: Any = connection.channel()  # of its own: RabbitMQ closes it when the queue is missing
    try:
        declared: Any = queue(channel).queue_declare(passive=True)
        return declared.message_count
    except connection.channel_errors:
        return None
    finally:
        channel.close()


__all__ = ["OperationalError", "connect", "declare", "waiting"]
