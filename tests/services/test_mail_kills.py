"""Mails when the worker is killed at each step of sending, and when the mail server is away.

Real processes on Postgres and RabbitMQ, a real SMTP server. The minutes and hours that rows wait are shortened by
moving their clocks; the worker knows nothing of that. `make kill-mails` runs it with ten mails a step.
"""

import os
import time
from collections.abc import Iterator

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.orders.post import Post, post_office

from .mail_shop import HANDS_OFF, MailShop
from .stack import wait_for

pytestmark = [pytest.mark.services, pytest.mark.needs("postgres", "rabbitmq")]

ORDERS = int(os.environ.get("KILL_ORDERS", "1"))  # two mails each; every one of them costs a worker its life
LEASE, HOUR = 40, 3600  # seconds


class DeadlyPost(Post):
    """Takes a mail, and kills who brought it before it can hear that."""

    shop: MailShop | None = None

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = await super().handle_DATA(server, session, envelope)
        mine = str(self.taken[-1]["Message-ID"])
        if self.shop and self.shop.taken()[mine] == 1:
            self.shop.strike_down()
        return answer


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailShop]:
    with post_office(DeadlyPost()) as post, MailShop(tmp_path_factory.mktemp("mails"), post) as shop:
        yield shop


def work_and_die(shop: MailShop, mails: set[int]) -> int:
    """Start a worker whenever the last one was killed, until all mails are sent; how many were killed."""
    deaths, end = 0, time.monotonic() + 60 * (len(mails) + 1)
    shop.start_mortal()
    while not shop.all_sent(mails):
        assert time.monotonic() < end, shop.log("work")[-2000:]
        if shop.is_dead():
            deaths += 1
            shop.let_pass(LEASE)  # the dead one's claim is over
            shop.start_mortal()
        time.sleep(0.1)
    shop.end()
    return deaths


@pytest.mark.parametrize(
    ("step", "copies"), [("before render", 1), ("after SMTP accept", 2), ("before stamp", 2)], ids=str
)
def test_59_a_worker_killed_while_sending_loses_no_mail_and_doubles_it_at_most_once(
    shop: MailShop, step: str, copies: int
) -> None:
    shop.begin(step)
    assert isinstance(shop.post, DeadlyPost)
    shop.post.shop = shop if step == "after SMTP accept" else None
    mails = shop.owe(ORDERS)
    deaths = work_and_die(shop, mails)
    taken = shop.taken()
    print(f"killed {step}: {deaths} times, {len(mails)} mails owed, {len(taken)} different ones taken,", end=" ")
    print(f"{sum(taken.values()) - len(taken)} of them twice with the same Message-ID")
    assert deaths == len(mails) == 2 * ORDERS
    assert len(taken) == len(mails)
    assert set(taken.values()) == {copies}


def test_58_a_mail_server_that_is_away_loses_nothing_hurries_nothing_and_after_a_day_nothing_comes(
    shop: MailShop,
) -> None:
    shop.begin("never")
    shop.smtp.cut()
    shop.start_mortal()
    late = shop.owe(ORDERS)
    hours = 0
    while hours < 25 and not shop.all_parked():
        wait_for(lambda: all(row["waits"] or row["state"] == "parked" for row in shop.rows()), seconds=30, what="a try")
        attempts = [row["attempts"] for row in shop.rows()]
        if hours in (0, 12):
            time.sleep(HANDS_OFF)
            assert [row["attempts"] for row in shop.rows()] == attempts  # none comes early
        shop.let_pass(2 * HOUR)
        hours += 2
    wait_for(shop.all_parked, seconds=30, what="the last tries")  # one may still be going on
    print(f"mail server away: parked after {hours} h and {[row['attempts'] for row in shop.rows()]} tries")
    in_time = shop.owe(ORDERS)
    wait_for(lambda: all(row["attempts"] for row in shop.rows()), seconds=30, what="a first try of the new ones")
    assert not shop.post.taken
    shop.smtp.restore()
    shop.let_pass(HOUR)
    shop.wait_until_sent(in_time)
    time.sleep(HANDS_OFF)
    states = {row["id"]: row["state"] for row in shop.rows()}
    assert {states[pk] for pk in late} == {"parked"}
    assert sorted(shop.taken().values()) == [1] * len(in_time)
    print(f"{len(in_time)} mails owed in the meantime came once each; {len(late)} that are a day old stay parked")
