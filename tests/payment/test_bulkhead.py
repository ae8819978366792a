"""A slow Stripe takes some threads of the web, never all of them."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.test import Client

from payment import bulkhead, gateway, services
from payment.bulkhead import Bulkhead, Crowded
from tests.checkout import placed_order
from tests.factories import VariantFactory
from tests.races import run_together
from tests.stripe_sandbox.process import Sandbox

from .paying import go_to_pay


def test_nobody_waits_for_a_place_and_a_place_that_is_left_is_free_again() -> None:
    door = Bulkhead(2)
    inside, leave = threading.Barrier(3), threading.Event()

    def stay() -> None:
        with door.place():
            inside.wait(5)
            leave.wait(30)

    with ThreadPoolExecutor(2) as pool:
        guests = [pool.submit(stay) for _guest in range(2)]
        inside.wait(5)
        with pytest.raises(Crowded), door.place():  # at once, or one of the guests would have left
            pass
        leave.set()
        for guest in guests:
            guest.result(5)
    with door.place():
        pass


def fail(door: Bulkhead) -> None:
    with pytest.raises(TimeoutError), door.place():
        raise TimeoutError


def test_three_slow_failures_in_a_row_close_the_door_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulkhead, "SLOW_SECONDS", 0.0)
    door = Bulkhead(2)
    fail(door)
    fail(door)
    with door.place():  # an answer in between: Stripe is there
        pass
    for _failure in range(3):
        fail(door)
    with pytest.raises(Crowded), door.place():
        pass
    later = time.monotonic() + bulkhead.CLOSED_SECONDS
    monkeypatch.setattr(bulkhead.time, "monotonic", lambda: later)
    with door.place():
        pass


def test_quick_failures_leave_the_door_open() -> None:
    door = Bulkhead(1)
    for _failure in range(10):
        fail(door)
    with door.place():
        pass


@pytest.mark.needs("postgres")
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("rules")
def test_more_shoppers_than_places_get_the_retry_page_at_once(sandbox: Sandbox, settings: Any) -> None:
    crowd = 3 * settings.STRIPE_PLACES
    bottles = VariantFactory(stock=crowd)
    orders = [placed_order(bottles) for _shopper in range(crowd)]
    slow = 6.0
    sandbox.fault("delay", match="POST /v1/checkout/sessions", seconds=slow, times=crowd)

    def go(number: int) -> tuple[str, float]:
        started = time.monotonic()
        try:
            services.start_checkout(orders[number].pk)
        except gateway.Unavailable:
            return "retry", time.monotonic() - started
        return "paying", time.monotonic() - started

    results = run_together([lambda n=n: go(n) for n in range(crowd)], connections=crowd)  # type: ignore[misc]
    waits: dict[str, list[float]] = {"retry": [], "paying": []}
    for outcome, seconds in results:
        waits[outcome].append(seconds)
    assert len(waits["paying"]) == settings.STRIPE_PLACES
    assert min(waits["paying"]) >= slow
    print(f"sent away after {max(waits['retry']):.2f} s at the longest")
    assert max(waits["retry"]) < slow  # before anybody has got an answer
    assert {go_to_pay(Client(), order).status_code for order in orders[:1]} <= {303}


@pytest.mark.needs("postgres")
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("rules")
def test_workers_pass_by_the_door(sandbox: Sandbox, settings: Any) -> None:
    order = placed_order()
    services.start_checkout(order.pk)
    attempt = order.checkout_attempts.get()
    crowd = 2 * settings.STRIPE_PLACES
    sandbox.fault("delay", match="/v1/checkout/sessions/*", seconds=0.3, times=crowd)
    results = run_together([lambda: services.settle_session(attempt.session_id or "")] * crowd, connections=crowd)
    assert not [result for result in results if isinstance(result, gateway.Unavailable)]
