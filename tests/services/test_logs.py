"""Fault 91: a whole purchase, a few mistakes and an outage, and no process' log holds what is nobody's business."""

import json
import re

import httpx
import pytest

from tests.chaos.shop import ADDRESS, Shop
from tests.services.stack import SECRET, wait_for

pytestmark = [pytest.mark.services, pytest.mark.needs("postgres", "rabbitmq")]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> object:
    with Shop(tmp_path_factory.mktemp("logs")) as running:
        yield running


def test_91_no_log_holds_personal_data_keys_or_tokens(shop: Shop) -> None:
    shop.arm("before-smtp")  # so that something fails, with a traceback
    [session] = sessions = shop.buy(1)
    [(token,)] = shop.rows("SELECT token FROM orders_order")
    with httpx.Client(base_url=shop.url, trust_env=False, timeout=30) as browser:
        browser.get(f"/orders/{token}x/")
        browser.get("/orders/create/", params={"email": ADDRESS["email"]})
        browser.get(f"/payment/completed/?order={token}&session_id=cs_test_of_nobody")
        browser.post("/payment/webhook/", content=b"{}", headers={"Stripe-Signature": "t=1,v1=forged"})
        browser.post("/messager/", data={"email": "robin@example.org", "text": "x"})
    shop.recover(sessions)
    logs = {name: shop.log(name) for name in ("web", "worker", "beat")}
    secrets = [SECRET, "sk_test_stack", token, shop.environment["SECRET_KEY"], "4242424242424242"]
    private = [
        *(value for name, value in ADDRESS.items() if name not in ("country", "age_confirmed")),
        "robin@example.org",
    ]
    found = [(name, text) for name, log in logs.items() for text in (*secrets, *private) if text in log]
    assert not found
    assert not re.search(r"@example\.(com|org)", "".join(logs.values()))
    assert session


def test_lines_of_web_and_worker_name_the_same_request_and_order(shop: Shop) -> None:
    shop.recover(shop.buy(1))
    number = shop.rows("SELECT number FROM orders_order ORDER BY id DESC LIMIT 1")[0][0]

    def told() -> list[dict[str, str]]:
        lines = [json.loads(line) for line in shop.log("worker").splitlines() if line.startswith("{")]
        return [line for line in lines if line.get("order") == number and "succeeded" in line["message"]]

    lines = wait_for(told, seconds=30, what="the worker's lines about the order")
    assert all(line["task_id"] for line in lines)
    assert any(line.get("request_id") for line in lines)
