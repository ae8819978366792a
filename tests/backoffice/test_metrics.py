"""What Prometheus reads: behind a token, in its format, and true."""

from typing import Any

import pytest
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from background import counts
from background.counts import Tally
from background.models import Count
from cart import defaults
from tests.checkout import placed_order

pytestmark = pytest.mark.django_db

TOKEN = {"Authorization": "Bearer a-token"}


@pytest.fixture
def token(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Metrics are on; nothing runs in the background, as tests look at once."""
    settings.METRICS_TOKEN = "a-token"
    monkeypatch.setattr(Tally, "_ensure_thread", lambda _self: None)
    monkeypatch.setattr(counts.tally, "_counts", type(counts.tally._counts)())


def samples(client: Client) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    text = client.get("/metrics", headers=TOKEN).content.decode()
    families = list(text_string_to_metric_families(text))
    assert families
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def test_without_a_token_in_the_settings_there_is_no_such_page(client: Client) -> None:
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


@pytest.mark.usefixtures("token")
@pytest.mark.parametrize("shown", ["", "Bearer", "Bearer wrong", "Basic YTph", "Bearer a-tokén"])
def test_without_the_token_nothing_is_told(client: Client, shown: str) -> None:
    answer = client.get("/metrics", headers={"Authorization": shown})
    assert (answer.status_code, answer.content) == (401, b"")


@pytest.mark.usefixtures("token")
def test_requests_are_counted_by_view_and_status_and_timed(client: Client) -> None:
    client.get("/healthz")
    for _time in range(3):
        client.get("/no/such/page/here/")
    found = samples(client)
    labels = (("method", "GET"), ("status", "404"), ("view", ""))
    assert found["shop_requests_total", labels] == 3
    assert found["shop_request_seconds_count", ()] == 4
    assert found["shop_request_seconds_bucket", (("le", "10"),)] == 4
    assert 0 < found["shop_request_seconds_sum", ()] < 40


@pytest.mark.usefixtures("token")
def test_orders_overdue_rows_and_queues_are_told(client: Client) -> None:
    defaults.load()
    placed_order()
    found = samples(client)
    assert found["shop_orders", (("status", "pending"),)] == 1
    assert found["shop_overdue_rows", (("kind", "mail"),)] == 1
    assert found["shop_parked_rows", (("kind", "dead_letter"),)] == 0
    assert found["shop_broker_up", ()] == 1
    assert found["shop_alarms", ()] >= 1


@pytest.mark.usefixtures("token")
def test_the_counts_of_all_processes_become_one() -> None:
    one, other = Tally(), Tally()
    for tally, number in ((one, 2), (other, 3)):
        for _time in range(number):
            tally.add("tasks", task="some.task", outcome="success")
        tally.flush()
    one.flush()
    assert list(Count.objects.values_list("name", "labels", "value")) == [
        ("tasks", '{"outcome": "success", "task": "some.task"}', 5)
    ]


@pytest.mark.usefixtures("token")
def test_counts_wait_for_a_database_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    tally = Tally()
    tally.add("tasks", task="some.task", outcome="success")
    with monkeypatch.context() as broken:
        broken.setattr(counts, "ADD", "INSERT INTO no_such_table VALUES (%s, %s, %s)")
        tally.flush()
    assert not Count.objects.exists()
    tally.flush()
    assert Count.objects.get().value == 1


def test_nothing_is_counted_where_nobody_reads() -> None:
    tally = Tally()
    tally.add("tasks", task="some.task", outcome="success")
    tally.flush()
    assert not Count.objects.exists()
