"""Work on the broker: each kind in its queue, by its topic, on every broker; dead letters kept on RabbitMQ."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from celery.signals import celeryd_after_setup
from kombu import Connection

from background import broker as shop_broker, topology
from background.task import background_task
from shop_project.celery import app
from tests.environment import RABBITMQ, REDIS

BROKERS = [
    pytest.param(RABBITMQ, marks=pytest.mark.needs("rabbitmq"), id="rabbitmq"),
    pytest.param(REDIS, marks=pytest.mark.needs("redis"), id="redis"),
    pytest.param("filesystem://localhost//", id="filesystem"),
]


@pytest.fixture
def prefix() -> str:
    return f"test_{uuid.uuid4().hex[:8]}"


@pytest.fixture
def broker(
    request: pytest.FixtureRequest, prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Celery]:
    """An app with the shop's topology on this broker; its queues go with the test."""
    url = request.param
    monkeypatch.delenv("CELERY_BROKER_URL")  # Celery would prefer it
    for name in ("queue", "control"):
        (tmp_path / name).mkdir()
    mine = Celery("mine", broker=url, set_as_current=False)
    mine.conf.update(
        task_queues=topology.queues(prefix, url),
        task_default_exchange=prefix,
        task_default_exchange_type="topic",
        task_default_queue=f"{prefix}.default",
        task_default_routing_key=topology.OTHER,
        broker_transport_options=topology.transport_options(url, str(tmp_path)),
        broker_transport="background.filesystem:Transport" if url.startswith("filesystem") else None,
    )
    with mine.connection() as connection:
        assert url.split(":")[0] in connection.as_uri()
    yield mine
    if topology.is_rabbitmq(url):
        with mine.connection() as connection:
            for queue in [*mine.conf.task_queues, topology.dead_letters(prefix)]:
                queue(connection.default_channel).delete()


def publish(mine: Celery, topic: str) -> None:
    """As the shop's tasks publish: by the router's word."""
    queue: Any = mine.amqp.queues[f"{mine.conf.task_default_exchange}.{topology.kind_of(topic)}"]
    mine.send_task("some.task", args=(7,), queue=queue, routing_key=topic)


def waiting(connection: Connection, mine: Celery) -> dict[str, Any]:
    """{kind: [routing keys of the messages that wait, oldest first]}"""
    found = {}
    for queue in mine.conf.task_queues:
        bound = queue(connection.default_channel)
        bound.declare()
        keys = []
        while message := bound.get(no_ack=True):
            keys.append(message.delivery_info["routing_key"])
        found[queue.name.partition(".")[2]] = keys
    return found


@pytest.mark.parametrize("broker", BROKERS, indirect=True)
def test_each_topic_comes_to_the_queue_of_its_kind_and_to_no_other(broker: Celery) -> None:
    for topic in ("mail.receipt", "media.rendition", "payments.event", "payments.refund"):
        publish(broker, topic)
    with broker.connection() as connection:
        assert waiting(connection, broker) == {
            "payments": ["payments.event", "payments.refund"],
            "mail": ["mail.receipt"],
            "default": [],
            "media": ["media.rendition"],
            "long": [],
        }


@pytest.mark.parametrize("broker", BROKERS[:1], indirect=True)
def test_47_a_message_delivered_too_often_is_kept_as_a_dead_letter(broker: Celery, prefix: str) -> None:
    publish(broker, "mail.receipt")
    runs = 0
    with broker.connection() as connection:
        queue = broker.amqp.queues[f"{prefix}.mail"](connection.default_channel)
        while runs < 100 and (message := queue.get()):
            runs += 1
            message.reject(requeue=True)
        dead = topology.dead_letters(prefix)(connection.default_channel)
        letter: Any = dead.get(no_ack=True)
    assert runs == topology.DELIVERIES + 1
    assert letter is not None
    assert letter.headers["task"] == "some.task"
    assert letter.delivery_info["routing_key"] == "mail.receipt"
    assert letter.headers["x-death"][0]["queue"] == f"{prefix}.mail"


def test_every_task_of_the_shop_goes_to_a_queue_that_exists() -> None:
    app.loader.import_default_modules()
    ours = [task for name, task in app.tasks.items() if not name.startswith("celery.")]
    assert len(ours) > 5
    for task in ours:
        sent = app.amqp.router.route({}, task.name, (), {}, task)  # type: ignore[arg-type]
        kind = sent["routing_key"].partition(".")[0]
        assert sent["queue"].name == f"shop.{kind}", task.name
    assert app.amqp.router.route({}, "celery.backend_cleanup", (), {})["queue"].name == "shop.default"


def test_a_kind_without_a_queue_is_refused_when_the_task_is_written() -> None:
    with pytest.raises(ValueError, match="no queue for 'milk'"):
        background_task(topic="milk.delivery")


def test_a_worker_that_starts_makes_every_queue_exist() -> None:
    celeryd_after_setup.send(sender="worker@here", instance=None, conf=app.conf)
    with shop_broker.connect() as connection:
        assert None not in shop_broker.waiting(connection).values()
