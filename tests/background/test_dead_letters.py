"""Dead letters on a real RabbitMQ: none is lost, a few deaths are survived, then staff decide."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from celery import current_app
from django.contrib.auth import get_user_model
from django.test import Client
from kombu import Connection

from background import dead_letters, health, topology
from background.models import DeadLetter
from orders.tasks import send_order_email
from tests.environment import RABBITMQ
from tests.staff import sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.needs("rabbitmq")]


@pytest.fixture
def dead(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The dead-letter queue; call it with a task's name and arguments to let a message die."""
    prefix = f"test_{uuid.uuid4().hex[:8]}"
    monkeypatch.setattr(current_app.conf, "task_default_exchange", prefix)
    with Connection(RABBITMQ) as connection:
        queue = topology.dead_letters(prefix)(connection.channel())
        queue.declare()

        def die(task: str, *arguments: object, reason: str = "delivery_limit") -> None:
            connection.Producer().publish(
                [list(arguments), {}, {}],
                exchange=queue.exchange.name,
                routing_key="mail.order",
                headers={"task": task, "x-death": [{"reason": reason}]},
                serializer="json",
            )

        die.connection, die.queue = connection, queue  # type: ignore[attr-defined]
        yield die
        queue.delete()


def test_a_dead_letter_is_nudged_twice_and_then_given_up(dead: Any, nudges: list[Any]) -> None:
    for deaths in (1, 2, 3):
        dead(send_order_email.name, 7)
        assert dead_letters.collect(dead.connection) == 1
        letter = DeadLetter.objects.get()
        assert (letter.deaths, letter.reason, letter.topic) == (deaths, "delivery_limit", "mail.order")
    assert nudges == [(send_order_email.name, 7)] * 2
    assert letter.state == DeadLetter.State.PARKED
    assert any("no worker survived" in alarm.sentence for alarm in health.alarms())
    assert dead_letters.collect(dead.connection) == 0


def test_deaths_of_another_day_do_not_count(dead: Any, nudges: list[Any]) -> None:
    dead(send_order_email.name, 7)
    dead_letters.collect(dead.connection)
    DeadLetter.objects.update(deaths=3, last_at="2020-01-01T00:00Z")
    dead(send_order_email.name, 7)
    dead_letters.collect(dead.connection)
    assert DeadLetter.objects.get().deaths == 1
    assert len(nudges) == 2


def test_what_beat_sent_while_no_worker_ran_is_no_dead_letter(dead: Any, nudges: list[Any]) -> None:
    dead("orders.tasks.sweep", reason="expired")
    dead(send_order_email.name, 7)
    assert dead_letters.collect(dead.connection) == 2
    assert [letter.task for letter in DeadLetter.objects.all()] == [send_order_email.name]
    assert dead_letters.collect(dead.connection) == 0


def test_what_is_no_task_of_ours_is_given_up_at_once(dead: Any, nudges: list[Any]) -> None:
    dead("no.such.task", 1)
    dead.connection.Producer().publish(b"\xff not json", exchange=dead.queue.exchange.name, content_type="text/plain")
    assert dead_letters.collect(dead.connection) == 2
    assert set(DeadLetter.objects.values_list("state", flat=True)) == {DeadLetter.State.PARKED}
    assert nudges == []


def test_a_letter_whose_row_could_not_be_written_stays_on_the_broker(
    dead: Any, monkeypatch: pytest.MonkeyPatch, nudges: list[Any]
) -> None:
    dead(send_order_email.name, 7)

    def fail(_message: object) -> None:
        raise RuntimeError("the database went away")

    with monkeypatch.context() as broken:
        broken.setattr(dead_letters, "_note", fail)
        with Connection(RABBITMQ) as dying, pytest.raises(RuntimeError):
            dead_letters.collect(dying)
    assert dead_letters.collect(dead.connection) == 1
    assert nudges == [(send_order_email.name, 7)]


def test_staff_let_a_letter_be_worked_on_again(client: Client, nudges: list[Any]) -> None:
    sign_in(client, get_user_model()._default_manager.create_superuser("staff"))
    known, unknown = (
        DeadLetter.objects.create(task=task, arguments=[7], state="parked", deaths=3, last_at="2026-01-01T00:00Z")
        for task in (send_order_email.name, "no.such.task")
    )
    answer = client.post(
        "/admin/background/deadletter/",
        {"action": "work_on_again", "_selected_action": [known.pk, unknown.pk]},
        follow=True,
    )
    assert "1 letters are being worked on again" in answer.content.decode()
    assert nudges == [(send_order_email.name, 7)]
    known.refresh_from_db()
    unknown.refresh_from_db()
    assert (known.state, known.deaths, unknown.state) == ("nudged", 0, "parked")
