"""/metrics for Prometheus: what was counted, what waits, what was sold. It only reads."""

import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.conf import settings
from django.db.models import Count as Number, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from background import broker, health
from background.counts import tally
from background.models import Count, DeadLetter, Heartbeat
from orders.models import InvoicePdf, Order, OrderEmail
from payment.models import Payment, Refund, StripeEvent
from shop.models import ProductImage

OVERDUE = {
    "stripe_event": lambda: StripeEvent.objects.due(),
    "refund": lambda: Refund.objects.due(),
    "mail": lambda: OrderEmail.objects.unsent(),
    "invoice": lambda: InvoicePdf.objects.due(),
    "image": lambda: ProductImage.objects.due(),
}
PARKED = {
    "stripe_event": lambda: StripeEvent.objects.filter(state=StripeEvent.State.PARKED),
    "mail": lambda: OrderEmail.objects.filter(state=OrderEmail.State.PARKED),
    "image": lambda: ProductImage.objects.filter(state=ProductImage.State.PARKED),
    "dead_letter": lambda: DeadLetter.objects.filter(state=DeadLetter.State.PARKED),
}
GIVEN_BACK = (Refund.State.NEW, Refund.State.PENDING, Refund.State.SUCCEEDED)


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Everything, in Prometheus' text format. 404 without METRICS_TOKEN, 401 without that token."""
    if not settings.METRICS_TOKEN:
        raise Http404
    shown = request.headers.get("Authorization", "").encode()
    if not secrets.compare_digest(shown, f"Bearer {settings.METRICS_TOKEN}".encode()):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    tally.flush()
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Shop())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class Shop(Collector):
    """What the shop knows of itself, read anew for each scrape."""

    def collect(self) -> Iterator[Metric]:
        yield from _counted()
        yield from _broker()
        yield _by("shop_overdue_rows", "Rows that a worker should be working on", "kind", _sizes(OVERDUE))
        yield _by("shop_parked_rows", "Rows that were given up", "kind", _sizes(PARKED))
        yield _orders()
        yield from _revenue()
        yield GaugeMetricFamily(
            "shop_alarms", "Things that are wrong now, as /readyz tells", len(list(health.alarms()))
        )
        now = timezone.now()
        ages = {heartbeat.name: (now - heartbeat.at).total_seconds() for heartbeat in Heartbeat.objects.all()}
        yield _by("shop_heartbeat_age_seconds", "Since the last sign of life", "of", ages)


def _by(name: str, text: str, label: str, values: "dict[str, float]") -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def _sizes(rows: Mapping[str, Callable[[], QuerySet[Any]]]) -> dict[str, float]:
    return {name: find().count() for name, find in rows.items()}


def _counted() -> Iterator[Metric]:
    counts = [(count.name, json.loads(count.labels), count.value) for count in Count.objects.order_by("name", "labels")]
    texts = {
        "requests": ("Requests by what they asked for and what became of them", ["method", "view", "status"]),
        "tasks": ("Tasks that ended, by name and outcome", ["task", "outcome"]),
    }
    for name, (text, labels) in texts.items():
        family = CounterMetricFamily(f"shop_{name}", text, labels=labels)
        for found, values, number in counts:
            if found == name:
                family.add_metric([values[label] for label in labels], number)
        yield family
    buckets = {labels["le"]: number for name, labels, number in counts if name == "request_seconds_bucket"}
    seconds = sum(number for name, _labels, number in counts if name == "request_seconds")
    if buckets:
        ordered = sorted(buckets.items(), key=lambda bucket: float(bucket[0]))
        yield HistogramMetricFamily("shop_request_seconds", "How long requests took", ordered, seconds)


def _broker() -> Iterator[Metric]:
    answers = 1
    try:
        with broker.connect() as connection:
            waiting = broker.waiting(connection)
    except broker.OperationalError:
        answers, waiting = 0, {}
    yield GaugeMetricFamily("shop_broker_up", "Whether the broker answers", answers)
    known = {name: float(number) for name, number in waiting.items() if number is not None}
    yield _by("shop_queue_messages", "Messages that no worker has taken yet", "queue", known)


def _orders() -> GaugeMetricFamily:
    rows = Order.objects.order_by().values_list("status").annotate(number=Number("pk"))
    return _by("shop_orders", "Orders by status", "status", dict(rows))


def _revenue() -> Iterator[Metric]:
    captured = dict(Payment.objects.order_by().values_list("currency").annotate(sum=Sum("amount")))
    refunds = Refund.objects.filter(state__in=GIVEN_BACK).order_by()
    refunded = dict(refunds.values_list("currency").annotate(sum=Sum("amount")))
    yield _by("shop_captured_amount", "Taken from shoppers, in units of the currency", "currency", captured)
    yield _by("shop_refunded_amount", "Given back, or on its way back", "currency", refunded)
