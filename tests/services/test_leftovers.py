"""What a killed run kept on servers that all share is removed by the next one."""

import subprocess
import sys

import pytest
from kombu import Connection

from background import topology
from tests.environment import POSTGRES, RABBITMQ

from . import leftovers

pytestmark = [pytest.mark.services, pytest.mark.needs("postgres", "rabbitmq")]


@pytest.fixture
def name_of_a_dead_process() -> str:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return f"stack_{leftovers.HERE}_{process.pid}_00000000"


def exists(queue: str) -> bool:
    with Connection(RABBITMQ) as connection:
        try:
            connection.default_channel.queue_declare(queue, passive=True)  # type: ignore[attr-defined]
        except connection.channel_errors:
            return False
    return True


def test_queues_of_a_shop_whose_database_was_on_a_server_of_its_own(name_of_a_dead_process: str) -> None:
    name = name_of_a_dead_process
    leftovers.mark(name)
    with Connection(RABBITMQ) as connection:
        for queue in topology.queues(name, RABBITMQ):
            queue(connection.default_channel).declare()
    assert exists(f"{name}.payments")
    assert name in leftovers.tidy_up.__wrapped__(POSTGRES)
    assert not exists(f"{name}.payments")
    assert not exists(f"{name}.dead")
    assert name not in leftovers.tidy_up.__wrapped__(POSTGRES)


def test_a_shop_that_lives_is_left_alone() -> None:
    name = leftovers.new_name()
    leftovers.mark(name)
    try:
        assert name not in leftovers.tidy_up.__wrapped__(POSTGRES)
        assert (leftovers.MARKS / name).exists()
    finally:
        leftovers.remove(POSTGRES, name)
    assert not (leftovers.MARKS / name).exists()
