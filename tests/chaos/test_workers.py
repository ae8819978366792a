"""Faults 45 to 51: workers, beat, web and sandbox are killed while people buy."""

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from background import topology
from tests.services.stack import wait_for

from .shop import Shop

pytestmark = [pytest.mark.services, pytest.mark.needs("postgres", "rabbitmq")]

POINTS = [
    "before-event",
    "before-stripe",
    "after-stripe",
    "after-settling",
    "after-event",
    "before-mail",
    "before-smtp",
    "after-smtp",
    "after-mail",
    "before-drawing",
    "after-drawing",
]
IN_SHORT = {"after-stripe", "after-smtp"}


@pytest.mark.parametrize(
    "point", [point if point in IN_SHORT else pytest.param(point, marks=pytest.mark.chaos) for point in POINTS]
)
def test_45_41_a_worker_killed_at_each_step_loses_and_doubles_nothing(shop: Shop, point: str, report: Any) -> None:
    shop.arm(point)
    sessions = shop.buy(3)
    wait_for(lambda: shop.died(point), seconds=30, what=f"the worker dies {point}")
    report(shop, 3, shop.recover(sessions), doubled_mails=1 if point == "after-smtp" else 0)


class Production(Shop):
    """With leases and sweeps as long as they are where nobody tests."""

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {"CHAOS_LEASE": "genuine", "SWEEP_SECONDS": "15"}


@pytest.mark.chaos
def test_45_with_the_settings_of_production_a_row_whose_worker_died_is_done_within_a_minute(
    tmp_path: Path, report: Any
) -> None:
    with Production(tmp_path) as shop:
        wait_for(lambda: "ready" in shop.log("worker"), seconds=120, what="the worker is ready")
        session = shop.go_to_pay()
        wait_for(shop.mails, seconds=60, what="the mail that the order was received")
        shop.arm("before-smtp")  # after the receipt's row was claimed
        assert shop.sandbox.pay(session)["state"] == "paid"
        wait_for(lambda: shop.died("before-smtp"), seconds=30, what="the worker dies")
        report(shop, 1, shop.recover([session]))


def test_46_a_worker_killed_whole_with_all_its_processes(shop: Shop, report: Any) -> None:
    sessions = shop.buy(3)
    shop.kill("worker")
    sessions += shop.buy(1)
    shop.start_only_worker()
    report(shop, 4, shop.recover(sessions))


@pytest.mark.chaos
def test_49_a_worker_told_to_stop_as_on_deploy_loses_nothing(shop: Shop, report: Any) -> None:
    numbers = range(100, 106)
    shop.nudge("chaos.note", *numbers)
    wait_for(lambda: shop.marks("started", 100), seconds=30, what="the worker works")
    sessions = shop.buy(2)
    os.kill(shop.process_group("worker"), signal.SIGTERM)
    time.sleep(3)
    shop.kill("worker")  # what an orchestrator does at the end of its grace
    shop.start_only_worker()
    report(shop, 2, shop.recover(sessions))
    wait_for(lambda: all(shop.marks("noted", number) for number in numbers), seconds=60, what="every task is done")


@pytest.mark.chaos
def test_45_beat_killed_is_started_again_and_picks_up(shop: Shop, report: Any) -> None:
    shop.kill("beat")
    sessions = shop.buy(2)
    shop.start_beat()
    report(shop, 2, shop.recover(sessions))


@pytest.mark.chaos
def test_45_web_killed_while_people_pay(shop: Shop, report: Any) -> None:
    sessions = shop.buy(1)
    waiting = shop.go_to_pay()
    shop.kill("web")
    shop.sandbox.pay(waiting)  # its webhook finds nobody
    shop.start_web()
    shop.rows("UPDATE payment_checkoutattempt SET checked_at = '2020-01-01'")  # as if minutes had passed
    report(shop, 2, shop.recover([*sessions, waiting]))


@pytest.mark.chaos
def test_45_the_payment_provider_killed_while_people_pay(shop: Shop, report: Any) -> None:
    sessions = shop.buy(2)
    shop.sandbox.stop(kill=True)
    time.sleep(2)
    shop.sandbox.start()
    sessions += shop.buy(1)
    shop.rows("UPDATE payment_stripeevent SET not_before = '2020-01-01'")
    report(shop, 3, shop.recover(sessions))


RUNS = topology.DELIVERIES + 1


def given_up(shop: Shop, task: str) -> bool:
    """Whether its dead letter came back often enough to be left to staff."""
    return shop.rows(f"SELECT state FROM background_deadletter WHERE task = '{task}'") == [("parked",)]


@pytest.mark.chaos
def test_47_a_poisonous_task_dies_three_times_six_times_at_most_and_others_go_on(shop: Shop, report: Any) -> None:
    shop.nudge("chaos.poison", 1)
    sessions = shop.buy(2)
    seconds = shop.recover(sessions)
    wait_for(lambda: given_up(shop, "chaos.poison"), seconds=120, what="the poison is given up")
    assert shop.marks("poison", 1) == 3 * RUNS
    report(shop, 2, seconds)


@pytest.mark.chaos
def test_48_a_task_that_outlives_the_hard_limit_comes_again_and_is_given_up(shop: Shop) -> None:
    shop.nudge("chaos.hang", 1)
    wait_for(lambda: given_up(shop, "chaos.hang"), seconds=180, what="the task that hangs is given up")
    assert shop.marks("hang", 1) == 3 * RUNS


@pytest.mark.chaos
def test_44_ten_tasks_that_wait_for_another_try_all_get_it_and_block_nobody(shop: Shop, report: Any) -> None:
    shop.nudge("chaos.retry", *range(10))
    report(shop, 1, shop.recover(shop.buy(1), seconds=20))
    wait_for(lambda: all(shop.marks("retried", n) for n in range(10)), seconds=30, what="all ten were tried again")


@pytest.mark.chaos
def test_51_two_beats_have_one_effect(shop: Shop, report: Any) -> None:
    shop.start_beat("second-beat")
    sessions = shop.buy(3)
    seconds = shop.recover(sessions)
    time.sleep(5)
    shop.kill("second-beat")
    report(shop, 3, seconds)


def test_51_a_dead_beat_is_told_within_three_minutes(shop: Shop) -> None:
    shop.kill("beat")
    shop.run(
        "from datetime import timedelta",
        "from django.utils import timezone",
        "from background.models import Heartbeat",
        "Heartbeat.objects.update(at=timezone.now() - timedelta(seconds=181))",
        "from background import health",
        "assert any('No sign of beat' in alarm.sentence for alarm in health.alarms())",
    )
    shop.start_beat()
