"""Fault 45 for every other kind of work: a worker dies at each step of it, and each piece is done once.

All the places of one kind of work are armed together, and there is a piece of work for each: whoever comes by dies.
"""

from typing import Any

import httpx
import pytest

from tests.services.stack import wait_for

from .shop import Shop

pytestmark = [pytest.mark.services, pytest.mark.chaos, pytest.mark.needs("postgres", "rabbitmq")]

PATIENCE = 120  # seconds for all of it: as many deaths in a row as there are places


def dies_everywhere(shop: Shop, places: list[str], work: str, effects: str) -> int:
    """Let workers die before and after each of `places`; how many pieces of work there were.

    `work` is Python that does piece `n` of them; `effects` a query for the pieces that are done, a row for each time.
    """
    points = [f"{when}-{place}" for place in places for when in ("before", "after")]
    for point in points:
        shop.arm(point)
    shop.run(f"for n in range({len(points)}):", *(f"    {line}" for line in work.strip().splitlines()))
    for point in points:
        wait_for(lambda point=point: shop.died(point), seconds=PATIENCE, what=f"a worker dies {point}")  # type: ignore[misc]
    wait_for(lambda: len(shop.rows(effects)) >= len(points), seconds=PATIENCE, what=f"{len(points)} of {effects}")
    assert len(shop.rows(effects)) == len(points), "doubled"
    return len(points)


def test_45_refunds(shop: Shop, report: Any) -> None:
    seconds = shop.recover(shop.buy(1))
    work = """
from decimal import Decimal
from django.db import transaction
from orders import transitions
from payment.models import Payment
from payment.services import request_refund
with transaction.atomic():
    payment = Payment.objects.first()
    order = transitions.lock(payment.order_id)
    request_refund(order, payment, Decimal(1), reason="x", actor="test", key=f"refund-{n}")
"""
    count = dies_everywhere(
        shop,
        ["refund", "refunding", "noting-refund"],
        work,
        "SELECT 1 FROM payment_refund WHERE state = 'succeeded'",
    )
    answer = httpx.get(
        f"{shop.sandbox.url}/v1/refunds?limit=100",
        headers={"Authorization": "Bearer sk_test_stack"},
        trust_env=False,
    )
    assert sorted(refund["metadata"]["refund"] for refund in answer.json()["data"]) == [
        f"refund-{number}" for number in range(count)
    ]
    assert shop.rows("SELECT count(*) FROM orders_invoice WHERE kind = 'credit_note'") == [(count,)]
    report(shop, count, seconds)


def test_45_papers_that_no_mail_has_drawn(shop: Shop, report: Any) -> None:
    seconds = shop.recover(shop.buy(4))
    papers = "SELECT invoice_id, md5(data) FROM orders_invoicepdf ORDER BY invoice_id DESC LIMIT 4"
    drawn = shop.rows(papers)
    work = f"""
from django.utils import timezone
from orders.models import InvoicePdf
pk = {[pk for pk, _sum in drawn]}[n]
InvoicePdf.objects.filter(pk=pk).update(data=None, made_at=None, not_before=timezone.now())
"""
    effects = f"SELECT 1 FROM ({papers}) AS papers WHERE md5 IS NOT NULL"
    dies_everywhere(shop, ["document", "drawing"], work, effects)
    assert shop.rows(papers) == drawn, "the same bytes again"
    report(shop, len(drawn), seconds)


def test_45_lookups(shop: Shop) -> None:
    shop.buy(1)
    work = """
from orders import lookups
from orders.models import Order
order = Order.objects.latest("pk")
lookups.ask(order.number, order.email, visitor=str(n))
"""
    dies_everywhere(shop, ["lookup"], work, "SELECT 1 FROM orders_orderemail WHERE kind = 'link' AND state = 'sent'")


def test_45_messages(shop: Shop) -> None:
    work = """
from messager import services
services.write(f"robin{n}@example.com", "Is it dry?", name="Robin", language="en", visitor=str(n))
"""
    count = dies_everywhere(
        shop,
        ["message", "telling-staff", "acknowledging"],
        work,
        "SELECT 1 FROM messager_message WHERE state = 'passed_on'",
    )
    assert len(shop.mails("from the contact page")) == count
    assert len(shop.mails("We have your message")) == count


def test_45_pictures(shop: Shop) -> None:
    work = """
from io import BytesIO
from django.core.files.base import ContentFile
from PIL import Image
from shop.images import render_anew
from shop.models import Product, ProductImage
drawn = BytesIO()
Image.new("RGB", (300, 400), (n, 0, 0)).save(drawn, "webp")
file = ContentFile(drawn.getvalue(), name=f"bottle-{n}.webp")
render_anew(ProductImage.objects.create(product=Product.objects.first(), file=file, alt="Bottle"))
"""
    count = dies_everywhere(
        shop, ["picture", "renditions"], work, "SELECT 1 FROM shop_productimage WHERE state = 'ready'"
    )
    for kind in ("avif", "webp"):
        assert len(list((shop.folder / "media").rglob(f"bottle-*-240.{kind}"))) == count


def test_45_imports(shop: Shop) -> None:
    check = """
from shop import importing
from shop.models import Variant
sku = Variant.objects.values_list("sku", flat=True).first()
row = importing.upload(f"SKU;Price\\n{sku};{20 + n}.00\\n".encode(), name=f"prices-{n}.csv", actor="anna")
importing.check(row.pk, {"SKU": "sku", "Price": "price"})
"""
    imports = "SELECT id FROM shop_catalogueimport WHERE state = '{}'"
    dies_everywhere(shop, ["import", "planning"], check, imports.format("checked"))
    changes = "SELECT 1 FROM shop_pricechange"
    before = len(shop.rows(changes))
    for point in ("before-writing", "after-writing"):
        shop.arm(point)
    shop.run("from shop import importing", f"importing.write({shop.rows(imports.format('checked'))[0][0]})")
    wait_for(lambda: shop.rows(imports.format("done")), seconds=PATIENCE, what="the prices are written")
    assert shop.died("before-writing")
    assert shop.died("after-writing")
    assert len(shop.rows(changes)) == before + 1


def test_45_the_reports_of_days(shop: Shop) -> None:
    work = """
from datetime import date
from backoffice.reports import day
day.ask_for(date(2026, 1, n + 1))
"""
    effects = (
        "SELECT 1 FROM backoffice_dayreport r JOIN background_taskrun t ON t.id = r.run_id"
        " WHERE r.figures IS NOT NULL AND t.state = 'done'"
    )
    dies_everywhere(shop, ["report", "part", "collecting"], work, effects)


def test_45_reports_that_staff_ask_for(shop: Shop) -> None:
    work = """
from datetime import date
from backoffice import reports
from backoffice.models import Report
reports.ask(Report(kind="stock", first_day=date(2026, 1, 1), last_day=date(2026, 1, 2), format="csv"), actor="anna")
"""
    effects = (
        "SELECT 1 FROM backoffice_reportchunk c JOIN backoffice_report r ON r.id = c.report_id"
        " JOIN background_taskrun t ON t.id = r.run_id WHERE t.state = 'done'"
    )
    dies_everywhere(shop, ["report-file", "writing-rows", "keeping"], work, effects)
