"""Fault 37: RabbitMQ is down while somebody buys."""

import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from tests.environment import RABBITMQ

from .proxy import Proxy
from .shopper import Shopper
from .stack import Stack, wait_for

pytestmark = [pytest.mark.services, pytest.mark.needs("postgres", "rabbitmq", "chromium")]

UNNOTICED = 2  # seconds that a page may take longer than with the broker up


def test_37_with_the_broker_stopped_the_shopper_notices_nothing_and_the_mails_follow(
    tmp_path: Path, browser: Browser
) -> None:
    broker = urlsplit(RABBITMQ)
    with Proxy(broker.hostname or "", broker.port or 5672) as proxy:
        through_proxy = broker._replace(netloc=f"{broker.username}:{broker.password}@127.0.0.1:{proxy.port}")
        with Stack(tmp_path, broker=through_proxy.geturl()) as stack:
            wait_for(lambda: "succeeded" in stack.log("worker"), seconds=60, what="the worker works")
            context = browser.new_context(base_url=stack.url)
            usual = buy(Shopper(context.new_page()))
            wait_for(lambda: len(stack.mails()) == 2, seconds=60, what="both mails of a usual purchase")
            proxy.cut()
            shopper = Shopper(context.new_page())
            slowest = buy(shopper)
            print(f"slowest step: {slowest:.2f} s without a broker, {usual:.2f} s with it")
            assert slowest < usual + UNNOTICED
            expect(shopper.page.get_by_role("status").first).to_contain_text("Confirming your payment")
            assert len(stack.mails()) == 2
            time.sleep(20)  # long enough for worker and beat to have tried and waited
            returned = time.monotonic()
            proxy.restore()
            wait_for(lambda: len(stack.mails()) == 4, seconds=60, what="both mails")
            print(f"both mails {time.monotonic() - returned:.1f} s after the broker's return")
            shopper.see_paid()
            context.close()


def buy(shopper: Shopper) -> float:
    """Buy a bottle; the seconds that the slowest step took."""
    slowest = 0.0
    for step in (
        lambda: shopper.add_bottle(1),
        shopper.check_out,
        shopper.pay,
        lambda: shopper.page.wait_for_url("**/orders/**"),
    ):
        started = time.monotonic()
        step()
        slowest = max(slowest, time.monotonic() - started)
    return slowest
