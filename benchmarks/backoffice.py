"""How long the back office's pages and reports take in a shop of 100,000 orders: `make bench-backoffice`.

The database of DATABASE_URL is filled first, unless it has that many orders. They lie in the last ninety days; three of
four are paid, each with its payment and invoice, some refunded. Pages are fetched in this process, without a network.
Exits with 1 where the dashboard takes longer than promised.
"""

import random
import resource
import statistics
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import django

django.setup()  # before the rooms can be imported; does nothing where a test has done it

from django.conf import settings  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from django.db import connection, models  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from backoffice import dashboard, reports  # noqa: E402
from backoffice.models import Report  # noqa: E402
from orders.models import Invoice, LineItem, Order, OrderEmail, OrderEvent  # noqa: E402
from payment.models import Payment, Refund  # noqa: E402
from shop.models import Category, Product, Variant  # noqa: E402
from tests.staff import sign_in  # noqa: E402

ORDERS, PRODUCTS, DAYS, BATCH = 100_000, 500, 90, 2_000
PROMISED = 0.1  # seconds, of the dashboard
ROUNDS = 15
COUNTRIES = ["DE"] * 60 + ["AT"] * 15 + ["FR"] * 10 + ["ES"] * 5 + ["IT", "NL", "BE", "PL", "SE"] * 2
RATES = {"DE": 19, "AT": 20, "FR": 20, "ES": 21, "IT": 22, "NL": 21, "BE": 21, "PL": 23, "SE": 25}
STATUSES = ["paid"] * 75 + ["expired"] * 20 + ["canceled"] * 4 + ["pending"]


def fill(orders: int = ORDERS) -> None:
    """Make the catalogue and the orders, unless they are there."""
    chance = random.Random(1)
    if not Variant.objects.exists():
        shelf = Category.objects.create(name="Wine", slug="wine")
        names = [(f"Wine {number}", f"wine-{number}") for number in range(PRODUCTS)]
        Product.objects.bulk_create(
            Product(name=name, slug=slug, category=shelf, published=True) for name, slug in names
        )
        Variant.objects.bulk_create(
            Variant(
                product=product, sku=f"SKU-{product.pk}", label="75 cl", price=Decimal(5 + product.pk % 40), on_hand=40
            )
            for product in Product.objects.all()
        )
    variants = list(Variant.objects.select_related("product"))
    now = timezone.now()
    made = Order.objects.count()
    while made < orders:
        _batch(variants, now, made, min(BATCH, orders - made), chance)
        made += BATCH


def _batch(variants: list[Variant], now: datetime, first: int, size: int, chance: random.Random) -> None:
    drafts = [_order(first + number, now, chance) for number in range(size)]
    lines = [list(_lines(order, variants, chance)) for order in drafts]
    for order, items in zip(drafts, lines, strict=True):
        order.subtotal = sum((item.total for item in items), Decimal(0))
        order.tax = sum((item.tax for item in items), order.shipping_tax)
        order.total = order.subtotal + order.shipping
        order.nothing_to_ship = not any(item.units_to_ship for item in items)
    created = {order.number: order.created for order in drafts}
    Order.objects.bulk_create(drafts)
    for order in drafts:
        order.created = created[order.number]
    Order.objects.bulk_update(drafts, ["created"])
    for order, items in zip(drafts, lines, strict=True):
        for item in items:
            item.order = order
    LineItem.objects.bulk_create([item for items in lines for item in items])
    _write(OrderEvent, (OrderEvent(order=order, kind=order.status, actor="Stripe") for order in drafts))
    _write(OrderEmail, (_mail(order) for order in drafts))
    paid = [order for order in drafts if order.status == "paid"]
    payments = [_payment(order) for order in paid]
    Payment.objects.bulk_create(payments)
    _write(Invoice, (_invoice(order) for order in paid))
    _write(Refund, (_refund(payment) for payment in payments if chance.random() < 0.03))
    for refund in Refund.objects.filter(payment__in=payments).select_related("payment"):
        Refund.objects.filter(pk=refund.pk).update(created=refund.payment.captured_at)


def _write(model: type[models.Model], rows: Iterator[Any]) -> None:
    model._default_manager.bulk_create(rows, batch_size=BATCH)


def _order(number: int, now: datetime, chance: random.Random) -> Order:
    at = now - timedelta(seconds=chance.randrange(DAYS * 24 * 3600))
    status, country = chance.choice(STATUSES), chance.choice(COUNTRIES)
    return Order(
        number=f"B{number:07d}", email=f"kim{number % 40_000}@example.com", full_name="Kim Doe",
        address1="Main Street 1", city="Berlin", country=country, currency="EUR",
        shipping=Decimal("6.90"), shipping_name="Parcel",
        shipping_tax_rate=RATES[country], shipping_tax=_tax(Decimal("6.90"), RATES[country]), status=status,
        created=at, expires_at=at + timedelta(minutes=40),
        paid_at=at + timedelta(minutes=3) if status == "paid" else None,
    )  # fmt: skip


def _lines(order: Order, variants: list[Variant], chance: random.Random) -> Iterator[LineItem]:
    for variant in chance.sample(variants, chance.choice((1, 2, 2, 3, 4))):
        units = chance.choice((1, 1, 2, 3, 6))
        total = variant.price * units
        sent = units if order.status == "paid" and chance.random() < 0.98 else 0
        yield LineItem(
            variant=variant, name=variant.product.name, label=variant.label, sku=variant.sku, unit_price=variant.price,
            quantity=units, subtotal=total, total=total, tax_rate=RATES[order.country],
            tax=_tax(total, RATES[order.country]), shipped_units=sent,
        )  # fmt: skip


def _tax(total: Decimal, rate: int) -> Decimal:
    return (total * rate / (100 + rate)).quantize(Decimal("0.01"))


def _mail(order: Order) -> OrderEmail:
    return OrderEmail(order=order, kind="received", to=order.email, state="sent", sent_at=order.created)


def _payment(order: Order) -> Payment:
    return Payment(
        order=order, payment_intent=f"pi_{order.number}", amount=order.total, currency="EUR", livemode=False,
        captured_at=order.paid_at or order.created,
    )  # fmt: skip


def _invoice(order: Order) -> Invoice:
    taxes = [{"rate": str(RATES[order.country]), "net": str(order.total - order.tax), "tax": str(order.tax)}]
    return Invoice(
        order=order, kind="invoice", series="BENCH", position=order.pk, number=f"BENCH-{order.pk}", currency="EUR",
        issued_on=timezone.localdate(order.paid_at), total=order.total,
        content={"taxes": taxes},
    )  # fmt: skip


def _refund(payment: Payment) -> Refund:
    return Refund(
        payment=payment, key=f"refund-{payment.payment_intent}", amount=payment.amount, currency="EUR", actor="anna",
        state="succeeded",
    )  # fmt: skip


def fetched(client: Client, url: str) -> tuple[float, float, int]:
    """Median and slowest seconds of ROUNDS fetches of a page, and its queries. The first, cold one is left out."""
    client.get(url)
    seconds = []
    for _round in range(ROUNDS):
        started = time.perf_counter()
        response = client.get(url)
        seconds.append(time.perf_counter() - started)
        assert response.status_code == 200, (url, response.status_code)
    with CaptureQueriesContext(connection) as queries:
        client.get(url)
    return statistics.median(seconds), max(seconds), len(queries)


def main() -> None:
    settings.DEBUG = False  # which would keep every query
    started = time.perf_counter()
    fill()
    print(f"{Order.objects.count()} orders, {LineItem.objects.count()} lines ({time.perf_counter() - started:.0f} s)")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    started = time.perf_counter()
    dashboard.count_past_days()
    print(f"sixty days counted ahead in {time.perf_counter() - started:.1f} s")
    staff = get_user_model()._default_manager.get_or_create(username="bench", is_staff=True, is_superuser=True)[0]
    client = sign_in(Client(SERVER_NAME="localhost"), staff)
    slowest = 0.0
    for url in [
        "/admin/",
        "/admin/orders/order/",
        "/admin/orders/order/?shipping=to_pack",
        "/admin/orders/order/?shipping=shipped",
        "/admin/orders/order/?q=B0000042",
    ]:
        median, worst, queries = fetched(client, url)
        print(f"{url:<45}{median * 1000:>7.0f} ms, slowest {worst * 1000:.0f} ms, {queries} queries")
        slowest = max(slowest, median if url == "/admin/" else 0)
    for kind in Report.Kind:
        print(f"{kind.label:<45}{' '.join(_made(kind, format) for format in Report.Format)}")
    sys.exit(slowest > PROMISED)


def _made(kind: str, format: str) -> str:
    """How long a report of all of it takes, how large its file is, and the most memory that this process has used."""
    today = timezone.localdate()
    report = Report(kind=kind, format=format, first_day=today - timedelta(days=DAYS), last_day=today)
    reports.ask(report, actor="bench")
    started = time.perf_counter()
    assert reports.make(report.pk)
    seconds = time.perf_counter() - started
    report.refresh_from_db()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return f"{format}: {seconds:>5.1f} s, {(report.size or 0) // 1024} KB, peak {peak} MB"


if __name__ == "__main__":
    main()
