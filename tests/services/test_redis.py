"""The shop with Redis as its broker, by configuration alone: bought from, and a worker killed while people buy."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.chaos.shop import Audit, Shop
from tests.environment import REDIS

from .stack import wait_for

pytestmark = [pytest.mark.services, pytest.mark.needs("postgres", "rabbitmq", "redis")]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with Shop(tmp_path, broker=REDIS) as running:
        wait_for(lambda: "ready" in running.log("worker"), seconds=120, what="the worker is ready")
        yield running
    server = redis.Redis.from_url(REDIS)
    for key in server.scan_iter(f"*{running.name}*"):
        server.delete(key)


def test_orders_are_paid_and_mails_sent_also_when_the_worker_is_killed(shop: Shop) -> None:
    shop.recover(shop.buy(1))
    assert "redis://" in shop.log("worker")
    sessions = shop.buy(1)
    shop.kill("worker")
    sessions += shop.buy(1)
    shop.start_only_worker()
    shop.recover(sessions)
    assert shop.audit() == Audit(lost=0, doubled=0, books="")
