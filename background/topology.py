"""How work is laid out on the broker: one topic exchange, a queue for each kind of work, a queue for dead letters.

Only this file names exchanges, queues and routing keys; the settings hand it the prefix and the broker's address.
A routing key is the kind of work and what comes of it: `mail.receipt`, `payments.event`.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from celery import current_app
from kombu import Exchange, Queue

KINDS = ("payments", "mail", "default", "media", "long")
# For a worker each, as in docker-compose.yml: neither a mail server that hangs nor a thousand pictures delay a payment.
WORKERS = {"payments": ("payments",), "worker": ("mail", "default"), "slow": ("media", "long")}
OTHER = "default.task"  # for tasks that name no topic, such as Celery's own

DELIVERIES = 5  # then a message that kills its workers, or outlives the time limit, is a dead letter
MOST_DEAD_LETTERS = 10_000
LONGEST_TASK = 26 * 60  # seconds; below RabbitMQ's half hour, after which it hands the message to another worker


class WorkQueue(Queue):
    """A queue that is declared together with the place where its dead letters go.

    RabbitMQ drops dead letters without a word when their exchange, or a queue bound to it, does not exist.
    """

    def declare(self, nowait: bool = False, channel: Any = None) -> str | None:
        dead = (self.queue_arguments or {}).get("x-dead-letter-exchange")
        if dead:
            _dead_letters(dead)(channel or self.channel).declare()
        return super().declare(nowait=nowait, channel=channel)


def is_rabbitmq(broker_url: str) -> bool:
    """Only RabbitMQ counts deliveries and knows dead letters; on other brokers rows alone remember failures."""
    return urlsplit(broker_url).scheme in ("amqp", "amqps", "pyamqp")


def queues(prefix: str, broker_url: str) -> list[Queue]:
    """A queue for each kind of work, bound to the topics of that kind.

    Quorum queues on RabbitMQ. The exchange is of type topic because a few countdown tasks would block ready ones
    behind a direct exchange (measured on 3.10).
    """
    dead = {
        "x-queue-type": "quorum",
        "x-delivery-limit": DELIVERIES,
        "x-dead-letter-exchange": f"{prefix}.dead",
    }
    arguments = dead if is_rabbitmq(broker_url) else None
    exchange = Exchange(prefix, type="topic", durable=True)
    return [
        WorkQueue(f"{prefix}.{kind}", exchange, routing_key=f"{kind}.#", queue_arguments=arguments) for kind in KINDS
    ]


def dead_letters(prefix: str) -> Queue:
    """Where messages go that were delivered too often. They keep their routing key."""
    return _dead_letters(f"{prefix}.dead")


def _dead_letters(name: str) -> Queue:
    arguments = {"x-queue-type": "quorum", "x-max-length": MOST_DEAD_LETTERS}
    return Queue(name, Exchange(name, type="topic", durable=True), routing_key="#", queue_arguments=arguments)


def transport_options(broker_url: str, folder: str) -> Mapping[str, object]:
    """What the broker's client is told: to give up soon, since publishing is repeated by the sweeps."""
    if is_rabbitmq(broker_url):
        return {"read_timeout": 4, "write_timeout": 4, "connect_timeout": 2, "confirm_publish": False}
    if broker_url.startswith("filesystem"):
        queue, control = f"{folder}/queue", f"{folder}/control"
        return {
            "data_folder_in": queue,
            "data_folder_out": queue,
            "control_folder": control,
            "polling_interval": 0.2,
        }
    # What a killed worker held comes back after the visibility timeout; rows that are overdue do not wait for it.
    return {"socket_connect_timeout": 2, "socket_timeout": 4, "visibility_timeout": LONGEST_TASK + 60}


def route(name: str, args: Any, kwargs: Any, options: Any, task: Any = None, **_other: Any) -> dict[str, str]:
    """Celery's router: a task goes to the queue of its topic's kind."""
    topic = getattr(task or current_app.tasks.get(name), "topic", OTHER)
    prefix = current_app.conf.task_default_exchange
    return {"queue": f"{prefix}.{kind_of(topic)}", "routing_key": topic}


def kind_of(topic: str) -> str:
    """The kind of work that a topic belongs to. Raises ValueError for a kind that has no queue."""
    kind = topic.partition(".")[0]
    if kind not in KINDS:
        raise ValueError(f"{topic}: there is no queue for {kind!r}; known are {', '.join(KINDS)}")
    return kind
