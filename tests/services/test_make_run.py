"""What `make run` starts is a whole shop: bought from over plain HTTP, on SQLite, files and the sandbox alone."""

import html
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.ports import free_port

from .stack import ROOT, wait_for

pytestmark = pytest.mark.services


@pytest.fixture(scope="module")
def shop(embedded_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A browser without JavaScript at the shop that `make run` opens."""
    folder = tmp_path_factory.mktemp("run")
    ours = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    port = free_port()
    places = {"PORT": str(port), "SANDBOX_PORT": str(free_port()), "DATA_DIR": str(embedded_data)}
    with (folder / "run.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "dev.py", "DATA_DIR"], cwd=ROOT, env=ours | places, stdout=log, stderr=log
        )
        try:
            wait_for(lambda: "The shop is open" in (folder / "run.log").read_text(), seconds=300, what="the shop opens")
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", follow_redirects=True, trust_env=False) as client:
                yield client
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def submit(client: httpx.Client, page: httpx.Response, action: str, **fields: str) -> httpx.Response:
    """Post the form of `page` whose action holds these words, hidden fields included."""
    form = next(found for found in re.findall(r"<form\b.*?</form>", page.text, re.DOTALL) if re.search(action, found))
    target = re.search(r'\baction="([^"]*)"', form)
    hidden = {}
    for tag in re.findall(r'<input\b[^>]*type="hidden"[^>]*>', form):
        parts = dict(re.findall(r'\b(name|value)="([^"]*)"', tag))
        hidden[parts["name"]] = html.unescape(parts.get("value", ""))
    url = page.url.join(html.unescape(target[1])) if target and target[1] else page.url
    return client.post(url, data=hidden | fields)


def product_links(page: httpx.Response) -> list[str]:
    return list(dict.fromkeys(re.findall(r'href="(/product/[^"]+)"', page.text)))


def in_stock(client: httpx.Client) -> Iterator[httpx.Response]:
    for link in product_links(client.get("/")):
        page = client.get(link)
        if "/cart/add/" in page.text and "Sold out" not in page.text:
            yield page


def mails(client: httpx.Client) -> set[str]:
    return set(re.findall(r"/dev/mail/[^/\"]+/", client.get("/dev/mail/").text))


def test_a_purchase_on_embedded_defaults(shop: httpx.Client) -> None:
    pages = in_stock(shop)
    for _bottle in range(2):
        assert "in your cart" in submit(shop, next(pages), "/cart/add/", quantity="1").text
    checkout = shop.get("/orders/create/")
    address = {"email": "kim@example.com", "full_name": "Kim Doe", "country": "DE", "address1": "Main Street 1"}
    more = {"postcode": "10115", "city": "Berlin", "age_confirmed": "on"}
    payment_page = submit(shop, checkout, "/orders/create/", **address, **more)
    assert "/c/pay/" in str(payment_page.url)
    card = {"card_number": "4000000000000002", "expiry": "12/40", "cvc": "123", "name": "Kim Doe"}
    declined = submit(shop, payment_page, "card_number", email="kim@example.com", **card)
    assert "declined" in declined.text
    card["card_number"] = "4242424242424242"
    returned = submit(shop, declined, "card_number", email="kim@example.com", **card)
    assert "/orders/" in str(returned.url)
    wait_for(lambda: "Your order is paid" in shop.get(returned.url).text, seconds=60, what="the order is paid")
    wait_for(
        lambda: len(set(re.findall(r"/dev/mail/[^/\"]+/", shop.get("/dev/mail/").text))) == 2, seconds=60, what="mails"
    )


def test_staff_see_the_order_and_its_payment(shop: httpx.Client) -> None:
    sign_in = shop.get("/admin/login/?next=/admin/orders/order/")
    second_step = submit(shop, sign_in, 'name="password"', login="admin", password="admin")
    code = re.search(r"the code is <strong>(\d{6})<", second_step.text)[1]  # type: ignore[index]
    orders = submit(shop, second_step, 'name="code"', code=code)
    assert "Kim Doe" in orders.text
    order = shop.get(re.search(r'href="(/admin/orders/order/\d+/change/)', orders.text)[1])  # type: ignore[index]
    assert "kim@example.com" in order.text
    assert "payment received" in order.text
    assert "pi_" in shop.get("/admin/payment/payment/").text
