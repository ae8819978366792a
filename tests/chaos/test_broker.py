"""Faults 38 to 43: RabbitMQ starves, falls silent, is restarted, wiped, and knows a queue by other arguments.

Alarms and stops hit a second node that the tests started; silence is played by a proxy.
"""

import shutil
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from kombu import Connection, Queue

from tests.environment import RABBITMQ
from tests.services.proxy import Proxy
from tests.services.stack import wait_for

from .servers import RABBITMQ_PROGRAMS, OwnRabbitMQ
from .shop import Shop

pytestmark = [
    pytest.mark.services,
    pytest.mark.chaos,
    pytest.mark.needs("postgres", "rabbitmq"),
    pytest.mark.skipif(not RABBITMQ_PROGRAMS.exists(), reason="RabbitMQ's programs are not on this machine"),
]

UNNOTICED = 3.0  # seconds for the whole way to the payment page; some more than usual, as the machine may be busy


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnRabbitMQ]:
    with OwnRabbitMQ(tmp_path_factory.mktemp("node")) as running:
        yield running


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, node: OwnRabbitMQ) -> Iterator[Shop]:
    with Shop(tmp_path_factory.mktemp("shop"), broker=node.url) as running:
        wait_for(lambda: "ready" in running.log("worker"), seconds=60, what="the worker is ready")
        running.recover(running.buy(1))
        yield running


def timed_purchase(shop: Shop) -> tuple[str, float]:
    started = time.monotonic()
    session = shop.go_to_pay()
    took = time.monotonic() - started
    shop.sandbox.pay(session)
    return session, took


def test_38_under_a_memory_alarm_the_web_notices_nothing(shop: Shop, node: OwnRabbitMQ, report: Any) -> None:
    usual = timed_purchase(shop)[1]
    node.control("set_vm_memory_high_watermark", "0.00001")
    try:
        purchases = [timed_purchase(shop) for _purchase in range(3)]
    finally:
        node.control("set_vm_memory_high_watermark", "0.4")
    slowest = max(took for _session, took in purchases)
    print(f"to the payment page: usually {usual:.2f} s, under the alarm at most {slowest:.2f} s")
    assert slowest < max(UNNOTICED, 2 * usual)
    report(shop, 3, shop.recover([session for session, _took in purchases]))


def test_40_a_restart_in_the_middle_of_a_task_has_one_effect(shop: Shop, node: OwnRabbitMQ, report: Any) -> None:
    shop.nudge("chaos.note", 1)
    wait_for(lambda: shop.marks("started", 1), seconds=30, what="the task has started")
    node.stop()
    node.start()
    started = time.monotonic()
    sessions = shop.buy(2)
    seconds = shop.recover(sessions)
    wait_for(lambda: shop.marks("noted", 1), seconds=30, what="the task was done")
    print(f"consuming again {time.monotonic() - started:.1f} s after the broker's return")
    report(shop, 2, seconds)


def test_42_a_wiped_volume_loses_no_work(shop: Shop, node: OwnRabbitMQ, report: Any) -> None:
    shop.kill("worker")
    sessions = shop.buy(2)
    time.sleep(1)  # the nudges are on the broker
    node.stop()
    node.wipe()
    node.start()
    shop.start_only_worker()
    report(shop, 2, shop.recover(sessions))


def test_37_stopped_while_people_buy(shop: Shop, node: OwnRabbitMQ, report: Any) -> None:
    node.stop()
    sessions = [timed_purchase(shop)[0] for _purchase in range(2)]
    node.start()
    report(shop, 2, shop.recover(sessions))


def test_39_a_silent_broker_holds_nobody_up(tmp_path_factory: pytest.TempPathFactory, report: Any) -> None:
    broker = urlsplit(RABBITMQ)
    with Proxy(broker.hostname or "", broker.port or 5672) as proxy:
        through = broker._replace(netloc=f"{broker.username}:{broker.password}@127.0.0.1:{proxy.port}").geturl()
        with Shop(tmp_path_factory.mktemp("silent"), broker=through) as shop:
            shop.recover(shop.buy(1))
            proxy.silence()
            purchases = [timed_purchase(shop) for _purchase in range(3)]
            proxy.cut()
            proxy.restore()
            slowest = max(took for _session, took in purchases)
            print(f"to the payment page with a silent broker: at most {slowest:.2f} s")
            assert slowest < UNNOTICED
            report(shop, 3, shop.recover([session for session, _took in purchases]))


def test_43_a_queue_with_other_arguments_stops_the_worker_with_a_reason(shop: Shop, node: OwnRabbitMQ) -> None:
    name = f"{shop.name}.mail"
    shop.kill("worker")
    with Connection(node.url) as connection:
        Queue(name)(connection.channel()).delete()
        Queue(name, durable=True)(connection.channel()).queue_declare()  # a classic one
        shutil.move(shop.folder / "worker.log", shop.folder / "worker-before.log")
        shop.start_only_worker()
        wait_for(lambda: "PRECONDITION_FAILED" in shop.log("worker"), seconds=60, what="the worker says why")
        wait_for(lambda: not shop.is_alive("worker"), seconds=30, what="and stops")
        Queue(name)(connection.channel()).delete()
    shop.start_only_worker()
    shop.recover(shop.buy(1))
