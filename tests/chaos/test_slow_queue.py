"""Five hundred pictures wait, and a payment does not."""

import statistics
from collections.abc import Iterator
from typing import Any

import pytest
from kombu import Connection

from background import topology
from tests.services.stack import wait_for

from .shop import Shop

pytestmark = [pytest.mark.services, pytest.mark.needs("postgres", "rabbitmq")]

PICTURES = 500
PAYMENTS = 4
PROMISED = 2.0  # seconds from the webhook to the paid order


class Lanes(Shop):
    """As in docker compose: one worker for payments, one for mails and short work, one for what is slow."""

    def start_only_worker(self, name: str = "worker", *options: str) -> None:
        for lane, kinds in topology.WORKERS.items():
            queues = ",".join(f"{self.name}.{kind}" for kind in kinds)
            super().start_only_worker(lane, "-Q", queues, "--concurrency", "2")


@pytest.fixture
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with Lanes(tmp_path_factory.mktemp("lanes")) as running:
        for lane in topology.WORKERS:
            wait_for(lambda lane=lane: "ready" in running.log(lane), seconds=120, what="the workers are ready")  # type: ignore[misc]
        yield running


def seconds_to_paid(shop: Shop) -> float:
    """The median, over some payments, of the time from a webhook's arrival to the end of its work."""
    sessions = shop.buy(PAYMENTS)
    shop.recover(sessions)
    names = ", ".join(f"'{session}'" for session in sessions)
    rows = shop.rows(
        "SELECT extract(epoch FROM processed_at - received_at)::float FROM payment_stripeevent"
        f" WHERE type = 'checkout.session.completed' AND object_id IN ({names})"
    )
    return statistics.median(seconds for (seconds,) in rows)


def test_five_hundred_pictures_do_not_delay_a_payment(shop: Shop) -> None:
    usual = seconds_to_paid(shop)
    shop.nudge("chaos.picture", *range(PICTURES))
    busy = seconds_to_paid(shop)
    with Connection(shop.broker) as connection:
        channel: Any = connection.channel()
        waiting = channel.queue_declare(f"{shop.name}.media", passive=True).message_count
    print(f"paid {usual:.2f} s after the webhook, and {busy:.2f} s while {waiting} of {PICTURES} pictures wait")
    assert waiting > PICTURES / 10, "the pictures were done too soon to prove anything"
    assert busy < max(PROMISED, 3 * usual)
