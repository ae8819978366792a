"""When Stripe takes its time, shoppers on their way to it are sent to the retry page, and all others notice nothing."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from .stack import Stack

pytestmark = [pytest.mark.services, pytest.mark.needs("postgres", "rabbitmq")]

SHOPPERS = 12
PLACES = 4  # half of the eight threads that Stack gives its web process
SLOW = 6.0  # seconds that Stripe takes for each session; who had to wait for one waits so long at least

ADDRESS = {
    "email": "kim@example.com",
    "full_name": "Kim Doe",
    "address1": "Main Street 1",
    "postcode": "10115",
    "city": "Berlin",
    "country": "DE",
    "age_confirmed": "on",
}


def hidden(page: str, name: str) -> str:
    """The value of a hidden field."""
    [value] = set(re.findall(rf'name="{name}"\s+value="([^"]+)"', page))
    return value


def placed(stack: Stack, address: str) -> tuple[httpx.Client, dict[str, Any]]:
    """A browser with an order placed, and the POST that leads to its payment page."""
    browser = httpx.Client(base_url=stack.url, trust_env=False, timeout=30)
    product = browser.get(address).text
    add = re.search(r'action="(/cart/add/\d+/)"', product)
    assert add
    browser.post(add[1], data={"csrfmiddlewaretoken": hidden(product, "csrfmiddlewaretoken")})
    form = browser.get("/orders/create/").text
    fields = {name: hidden(form, name) for name in ("csrfmiddlewaretoken", "fingerprint")}
    answer = browser.post("/orders/create/", data=ADDRESS | fields)
    assert answer.status_code == 307, answer.text
    return browser, {"url": answer.headers["location"], "data": fields}


def timed(browser: httpx.Client, method: str, url: str, **options: Any) -> tuple[int, float]:
    started = time.monotonic()
    status = browser.request(method, url, **options).status_code
    return status, time.monotonic() - started


def test_02_a_slow_stripe_slows_nobody_who_does_not_pay(stack: Stack) -> None:
    visitor = httpx.Client(base_url=stack.url, trust_env=False, timeout=30)
    in_stock = [card for card in visitor.get("/").text.split("<article")[1:] if "Sold out" not in card]
    addresses = [found[0] for card in in_stock if (found := re.findall(r'href="(/product/[^"]+)"', card))]
    payers = [placed(stack, addresses[number % len(addresses)]) for number in range(SHOPPERS)]
    stack.sandbox.fault("delay", match="POST /v1/checkout/sessions", seconds=SLOW, times=SHOPPERS)
    with ThreadPoolExecutor(SHOPPERS + 1) as crowd:
        going = [crowd.submit(timed, browser, "POST", **post) for browser, post in payers]
        time.sleep(0.5)
        others = [timed(visitor, "GET", page) for page in ("/", "/cart/", addresses[0], "/search/?q=rioja")]
        outcomes = [job.result() for job in going]
    paying = [seconds for status, seconds in outcomes if status == 303]
    sent_away = [seconds for status, seconds in outcomes if status == 503]
    print(f"sent away after {max(sent_away):.2f} s, others served in {max(took for _status, took in others):.2f} s")
    assert (len(paying), len(sent_away)) == (PLACES, SHOPPERS - PLACES)
    assert min(paying) >= SLOW
    assert max(sent_away) < SLOW
    assert [status for status, _took in others] == [200] * 4
    assert max(took for _status, took in others) < SLOW
    stack.sandbox.control("POST", "faults/clear")
    assert {timed(browser, "POST", **post)[0] for browser, post in payers} == {303}
