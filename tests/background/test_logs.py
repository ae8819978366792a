"""Log lines: whom they are about, from the request into its tasks; and nothing that is nobody's business."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from background import logs, task as task_module
from background.task import background_task
from cart import defaults
from orders import transitions
from tests.checkout import placed_order

ORDER_TOKEN = "hW0sW8u2rT4k_x6PvLq3bN-9aZ1cYdEf"
PRIVATE = [
    "kim.doe+wine@example.co.uk",
    "sk_test_51HxYzAbCdEf",
    "rk_live_51HxYzAbCdEf",
    "whsec_4a5b6c7d8e",
    "hunter2",
    "Main Street 1",
    ORDER_TOKEN,
    "MTIz:1vXyZ0:Jx0kq3bN9aZ1cYdEfhW0sW8u2rT4kx6PvLq",
]


@pytest.fixture
def lines() -> Iterator[Any]:
    """Log as production does; call it for the lines so far, parsed."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.Json())
    logging.getLogger().addHandler(handler)
    logs.begin()
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.getLogger().removeHandler(handler)


@pytest.mark.parametrize("formatter", [logs.Json(), logs.Line()])
def test_91_what_is_private_is_masked_in_messages_arguments_and_tracebacks(formatter: logging.Formatter) -> None:
    try:
        raise ValueError(
            "DETAIL: Failing row contains (1, Kim Doe, Main Street 1). amqp://shop:hunter2@rabbitmq:5672 " + PRIVATE[1]
        )
    except ValueError as error:
        record = logging.LogRecord(
            "any",
            logging.WARNING,
            __file__,
            1,
            "Not Found: /orders/%s/?link=%s for %s with %s %s",
            (ORDER_TOKEN, PRIVATE[7], *PRIVATE[:1], *PRIVATE[2:4]),
            (ValueError, error, error.__traceback__),
        )
    text = formatter.format(record)
    assert "ValueError" in text
    assert "Not Found: /orders/" in text
    assert [private for private in PRIVATE if private in text] == []


@pytest.mark.parametrize(
    "harmless",
    [
        "Task payment.tasks.process_payment[6f9619ff-8b86-d011-b42d-00cf4fc964ff] received",
        "session cs_test_a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6q7r8s9t0 is no longer open",
        "Stripe event evt_1PabcdefGHIJKLMNOPqrstuv is about nothing of ours",
        "GET /static/css/site.css took 12:30:45",
    ],
)
def test_what_helps_to_find_a_fault_is_left(harmless: str) -> None:
    assert logs.mask(harmless) == harmless


@pytest.mark.django_db
def test_a_request_has_an_id_which_its_answer_and_its_lines_carry(client: Client, lines: Any) -> None:
    answer = client.get("/no/such/page/here/")
    name = answer["X-Request-ID"]
    assert [line["request_id"] for line in lines() if "Not Found" in line["message"]] == [name]
    assert client.get("/healthz", headers={"X-Request-ID": "from-the-proxy-1"})["X-Request-ID"] == "from-the-proxy-1"
    assert client.get("/healthz", headers={"X-Request-ID": "a\tb <script>"})["X-Request-ID"] not in {
        name,
        "a\tb <script>",
    }


@pytest.mark.django_db
def test_request_and_order_flow_into_the_tasks_lines(
    monkeypatch: pytest.MonkeyPatch, lines: Any, django_capture_on_commit_callbacks: Any
) -> None:
    sent: list[dict[str, Any]] = []

    @background_task(topic="default.test", name="tests.says_something")
    def says_something(number: int) -> None:
        logging.getLogger("shop").warning("working on %s", number)

    monkeypatch.setattr(says_something, "apply_async", lambda **options: sent.append(options))
    defaults.load()
    logs.begin(request_id="abcdefgh")
    order = transitions.lock(placed_order().pk)
    with django_capture_on_commit_callbacks(execute=True):
        says_something.nudge_on_commit(7)
    assert task_module.publisher.flush(5)
    logs.begin(request_id="another")
    monkeypatch.undo()
    says_something.apply(args=sent[0]["args"], headers=sent[0]["headers"], task_id="t-1")
    [line] = [line for line in lines() if line["message"] == "working on 7"]
    assert (line["request_id"], line["order"], line["task_id"]) == ("abcdefgh", order.number, "t-1")


def test_a_new_request_does_not_inherit_the_last_ones_order(client: Client) -> None:
    logs.about(order="7K4M-92QX")
    client.get("/healthz")
    assert "order" not in logs.current()
