"""Reports that staff ask for: their figures are those of the orders, their files run nothing, and they expire."""

import csv
import io
import re
import zipfile
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.db import transaction
from django.test import Client
from django.utils import timezone, translation

from background.models import TaskRun
from backoffice import reports, tasks
from backoffice.models import Report, ReportChunk
from backoffice.reports import making
from cart import defaults
from cart.models import TaxRate
from orders import documents, transitions
from orders.models import Order
from payment.models import Payment, Refund, RefundLine
from tests.checkout import filled_cart, paid_order, pay, place
from tests.factories import CouponFactory, ProductFactory, VariantFactory
from tests.staff import sign_in

pytestmark = pytest.mark.django_db

LIST, ADD = "/admin/backoffice/report/", "/admin/backoffice/report/add/"
Kind = Report.Kind


@pytest.fixture(autouse=True)
def _shop() -> None:
    defaults.load()


def asked(kind: str, *, format: str = "csv", days: int = 3, **span: date) -> Report:
    """A report of the last days, today included, that waits for a worker."""
    today = timezone.localdate()
    span = {"first_day": today - timedelta(days=days), "last_day": today} | span
    report = Report(kind=kind, format=format, **span)
    reports.ask(report, actor="anna")
    return report


def made(kind: str, **options: Any) -> Report:
    report = asked(kind, **options)
    assert reports.make(report.pk)
    report.refresh_from_db()
    return report


def table(kind: str, **options: Any) -> list[dict[str, str]]:
    """The lines of a CSV report by their headings."""
    text = b"".join(reports.content(made(kind, **options))).decode()
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def columns(row: dict[str, str], *names: str) -> tuple[str, ...]:
    return tuple(row[name] for name in names)


def order_to(country: str, *variants: Any, quantity: int = 1, **changes: Any) -> Order:
    order = place(filled_cart(*variants, quantity=quantity), country=country, **changes)
    pay(order)
    return order


def refunded(order: Order, amount: str, *, state: str = "succeeded", units: int = 0) -> Refund:
    """A refund with its credit note, as Stripe's word of it leads to."""
    payment, _made = Payment.objects.get_or_create(
        payment_intent=f"pi_{order.number}",
        defaults={"order": order, "amount": order.total, "currency": order.currency, "livemode": False}
        | {"captured_at": timezone.now()},
    )
    refund = Refund.objects.create(
        payment=payment, key=f"{order.number}-{amount}", amount=Decimal(amount), currency=order.currency,
        state=state, reason="=cmd|' /C calc'!A0", actor="anna",
    )  # fmt: skip
    if units:
        RefundLine.objects.create(refund=refund, line_item=order.line_items.all()[0], quantity=units)
    if state == "succeeded":
        with transaction.atomic():
            documents.issue_credit_note(transitions.lock(order.pk), refund.amount, reference=refund.key[:60])
    return refund


def test_sales_by_day_are_the_sums_of_the_orders() -> None:
    first = paid_order(VariantFactory(price=Decimal("12.34")), quantity=3)
    second = order_to("FR", VariantFactory(price=Decimal("50.00")), quantity=2)
    old = paid_order()
    yesterday = timezone.now() - timedelta(days=1)
    Order.objects.filter(pk=old.pk).update(paid_at=yesterday)
    before = paid_order()
    Order.objects.filter(pk=before.pk).update(paid_at=timezone.now() - timedelta(days=5))
    refunded(first, "5.00")
    refunded(first, "1.00", state="failed")
    place(filled_cart())
    rows = table(Kind.DAYS)
    today = timezone.localdate()
    assert [row["Day"] for row in rows] == [str(today - timedelta(days=1)), str(today)]
    assert columns(rows[1], "Orders", "Units", "Refunds", "Refunded") == ("2", "5", "1", "5.00")
    for heading, column in (("Total with tax", "total"), ("Tax", "tax"), ("Shipping", "shipping")):
        assert Decimal(rows[1][heading]) == getattr(first, column) + getattr(second, column)
    assert Decimal(rows[0]["Total with tax"]) == old.total


def test_amounts_have_the_digits_of_their_currency_and_are_never_mixed() -> None:
    euro, yen, dinar = paid_order(), paid_order(), paid_order()
    Order.objects.filter(pk=yen.pk).update(currency="JPY", total=Decimal("1890"), subtotal=Decimal(1200))
    Order.objects.filter(pk=dinar.pk).update(currency="KWD", total=Decimal("18.900"))
    rows = {row["Currency"]: row for row in table(Kind.COUNTRIES)}
    assert {currency: row["Total with tax"] for currency, row in rows.items()} == {
        "EUR": f"{euro.total:.2f}",
        "JPY": "1890",
        "KWD": "18.900",
    }
    assert {row["Country"] for row in rows.values()} == {"Germany"}
    assert [row["Orders"] for row in rows.values()] == ["1", "1", "1"]


def test_tax_is_that_of_invoices_and_credit_notes_by_country_and_rate() -> None:
    TaxRate.objects.filter(tax_class="reduced", country="DE").update(rate=Decimal(7))
    book = VariantFactory(product=ProductFactory(tax_class="reduced"), price=Decimal("10.70"))
    wine = VariantFactory(price=Decimal("119.00"))
    mixed, plain = paid_order(book, wine), paid_order(wine)
    french = order_to("FR", wine)
    refunded(plain, "23.80")
    refunded(mixed, str(mixed.total))
    rows = {(row["Country code"], row["Tax rate"]): row for row in table(Kind.TAXES)}
    assert set(rows) == {("DE", "7"), ("DE", "19"), ("FR", "20")}
    reduced, standard = rows["DE", "7"], rows["DE", "19"]
    assert columns(reduced, "Invoices", "Net invoiced", "Tax invoiced") == ("1", "10.00", "0.70")
    assert columns(reduced, "Credit notes", "Net credited", "Tax credited", "Net", "Tax") == (
        "1", "10.00", "0.70", "0.00", "0.00",
    )  # fmt: skip
    assert columns(standard, "Invoices", "Credit notes", "Net credited") == ("2", "2", "120.00")
    assert Decimal(standard["Net"]) == plain.total - plain.tax - 20
    assert Decimal(standard["Tax"]) == plain.tax - Decimal("3.80")
    sums = {"Tax invoiced": mixed.tax + plain.tax + french.tax}
    for heading, expected in sums.items():
        assert sum(Decimal(row[heading]) for row in rows.values()) == expected
    assert Decimal(rows["FR", "20"]["Net"]) == french.total - french.tax


def test_products_are_named_as_they_were_sold_with_net_and_tax() -> None:
    wine = VariantFactory(product=ProductFactory(name="+Plus"), sku="W-1", price=Decimal("11.90"))
    order = paid_order(wine, quantity=2)
    paid_order(wine)
    without = paid_order(wine)
    Order.objects.filter(pk=without.pk).update(prices_include_tax=False)
    refunded(order, "11.90", units=1)
    rows = table(Kind.PRODUCTS)
    assert len(rows) == 1
    assert columns(rows[0], "SKU", "Product", "Orders", "Units", "Units refunded") == ("W-1", "'+Plus", "3", "4", "1")
    assert columns(rows[0], "Before discount", "Net", "Tax", "Total with tax") == ("47.60", "41.90", "7.60", "49.50")


def test_refunds_are_listed_with_what_became_of_them() -> None:
    order = paid_order()
    refunded(order, "2.00")
    refunded(order, "3.00", state="failed")
    rows = table(Kind.REFUNDS)
    assert [columns(row, "Order", "Amount", "State") for row in rows] == [
        (order.number, "2.00", "returned"),
        (order.number, "3.00", "failed"),
    ]


def test_customers_are_their_addresses_whatever_the_case() -> None:
    first = paid_order()
    second = order_to("DE", email="KIM@example.com")
    order_to("DE", email="other@example.com")
    refunded(first, "4.00")
    rows = table(Kind.CUSTOMERS)
    assert [row["Email"] for row in rows] == ["kim@example.com", "other@example.com"]
    assert columns(rows[0], "Orders", "Refunded", "Name") == ("2", "4.00", "Kim Doe")
    assert Decimal(rows[0]["Total with tax"]) == first.total + second.total
    assert rows[0]["First paid"] == rows[0]["Last paid"] == str(timezone.localdate())


def test_coupons_have_the_orders_that_used_them() -> None:
    CouponFactory(code="TEN")
    cart = filled_cart(VariantFactory(price=Decimal("20.00")))
    cart.coupon_codes = ["TEN"]
    cart.save()
    order = place(cart)
    pay(order)
    paid_order()
    rows = table(Kind.COUPONS)
    assert [columns(row, "Code", "Orders", "Discount of these orders") for row in rows] == [("TEN", "1", "2.00")]
    assert Decimal(rows[0]["Total of these orders"]) == order.total


def test_stock_is_worth_what_is_on_hand() -> None:
    VariantFactory(sku="A", cost=Decimal("4.50"), price=Decimal("9.00"), stock=7)
    VariantFactory(sku="B", cost=None, price=Decimal("2.00"), stock=3)
    rows = table(Kind.STOCK)
    assert [columns(row, "SKU", "On hand", "Value at cost", "Value at price") for row in rows] == [
        ("A", "7", "31.50", "63.00"),
        ("B", "3", "", "6.00"),
    ]


@pytest.mark.parametrize("kind", Kind.values)
@pytest.mark.parametrize("format", Report.Format.values)
def test_every_report_of_an_empty_shop_is_a_file_with_its_headings(kind: str, format: str) -> None:
    report = made(kind, format=format)
    assert report.size == len(b"".join(reports.content(report))) > 50
    assert report.run.state == TaskRun.State.DONE


def test_no_cell_of_a_file_is_run_by_a_spreadsheet() -> None:
    """Fault 87."""
    order = order_to("DE", full_name="@SUM(1+9)*cmd")
    refunded(order, "2.00")
    assert table(Kind.REFUNDS)[0]["Reason"].startswith("'=cmd")
    assert table(Kind.CUSTOMERS)[0]["Name"] == "'@SUM(1+9)*cmd"
    book = zipfile.ZipFile(io.BytesIO(b"".join(reports.content(made(Kind.REFUNDS, format="xlsx")))))
    sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert re.search(r't="inlineStr"><is><t>=cmd', sheet), "kept as a text"
    assert re.search(r"<v>2(\.0+)?</v>", sheet), "an amount is a number"


def test_a_report_speaks_the_language_of_who_asked(nudges: list[Any]) -> None:
    with translation.override("es"):
        report = asked(Kind.DAYS)
    assert nudges == [("backoffice.tasks.write_report", report.pk)]
    assert tasks.write_report(report.pk)
    assert "Día" in b"".join(reports.content(report)).decode()
    assert "listo" in TaskRun.objects.get().words


def test_it_is_made_once_and_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "PIECE", 20)
    report = made(Kind.DAYS)
    assert ReportChunk.objects.count() == -(-(report.size or 0) // 20) > 1
    assert reports.make(report.pk) is False
    assert b"".join(reports.content(report)).decode().startswith("\ufeffDay,")


def test_a_worker_that_died_is_made_up_for_by_the_sweep(nudges: list[Any]) -> None:
    report = asked(Kind.DAYS)
    Report.objects.filter(pk=report.pk).update(not_before=timezone.now() + making.LEASE, attempts=1)
    nudges.clear()
    tasks.sweep()
    assert nudges == []
    Report.objects.filter(pk=report.pk).update(not_before=timezone.now())
    tasks.sweep()
    assert nudges == [("backoffice.tasks.write_report", report.pk)]


def test_it_fails_for_good_after_three_tries_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_args: Any) -> None:
        raise OSError("no space")

    monkeypatch.setitem(making.WRITERS, Report.Format.CSV, fails)
    report = asked(Kind.DAYS)
    for _try in range(3):
        Report.objects.update(not_before=timezone.now())
        with pytest.raises(OSError, match="no space"):
            reports.make(report.pk)
    assert reports.make(report.pk) is False
    assert TaskRun.objects.get().state == TaskRun.State.FAILED
    assert not Report.objects.due().exists()


def test_more_rows_than_a_sheet_has_are_refused_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backoffice.reports.files.MOST_ROWS", 2)
    VariantFactory()
    VariantFactory()
    assert made(Kind.STOCK, format="xlsx").size is None
    assert "choose CSV" in TaskRun.objects.get().words
    assert len(table(Kind.STOCK)) == 2


def test_progress_is_told_and_the_lease_renewed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "STEPS", 1)
    VariantFactory()
    VariantFactory()
    report = made(Kind.STOCK)
    run = TaskRun.objects.get()
    assert (run.steps, run.steps_done) == (2, 2)
    assert report.not_before > timezone.now()


def test_files_expire(settings: Any) -> None:
    old, new = made(Kind.DAYS), made(Kind.DAYS)
    settings.REPORT_KEEP_DAYS = 2
    Report.objects.filter(pk=old.pk).update(finished_at=timezone.now() - timedelta(days=2, minutes=1))
    tasks.sweep()
    assert list(Report.objects.all()) == [new]
    assert set(ReportChunk.objects.values_list("report", flat=True)) == {new.pk}
    assert list(TaskRun.objects.all()) == [new.run]


def form(**changes: str) -> dict[str, str]:
    """What the page posts."""
    return {"kind": "days", "first_day": "2026-01-01", "last_day": "2026-01-31", "format": "csv"} | changes


def test_staff_ask_watch_and_download(admin_client: Client, nudges: list[Any]) -> None:
    page = admin_client.get(ADD).content.decode()
    last = timezone.localdate().replace(day=1) - timedelta(days=1)
    assert f'value="{last}"' in page
    response = admin_client.post(ADD, form())
    report = Report.objects.get()
    assert response["Location"] == f"{LIST}{report.pk}/change/"
    assert report.created_by == "admin"
    page = admin_client.get(response["Location"]).content.decode()
    assert "Waiting for its turn" in page
    assert "task-run.js" in page
    assert "download" not in page
    tasks.write_report(report.pk)
    fragment = admin_client.get(response["Location"], headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    link = f"{LIST}{report.pk}/download/"
    assert link in fragment
    download = admin_client.get(link)
    assert download["Content-Disposition"] == 'attachment; filename="days-2026-01-01-2026-01-31.csv"'
    assert "no-store" in download["Cache-Control"]
    assert b"Day,Currency" in download.getvalue()
    assert "Downloaded" in LogEntry.objects.first().change_message  # type: ignore[union-attr]
    assert link in admin_client.get(LIST).content.decode()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"last_day": "2025-12-31"}, "lies before the first"),
        ({"first_day": "1900-01-01"}, "ten years"),
        ({"first_day": "yesterday"}, "valid date"),
        ({"last_day": "999999-01-01"}, "valid date"),
        ({"kind": "secrets"}, "valid choice"),
        ({"format": "pdf"}, "valid choice"),
    ],
)
def test_what_cannot_be_made_is_a_form_error(admin_client: Client, changes: dict[str, str], words: str) -> None:
    response = admin_client.post(ADD, form(**changes))
    assert response.status_code == 200
    assert words in response.content.decode()
    assert not Report.objects.exists()


def test_without_the_permission_there_is_no_report(client: Client) -> None:
    user = User.objects.create_user("clerk", is_staff=True)
    sign_in(client, user)
    report = made(Kind.DAYS)
    for url in (LIST, ADD, f"{LIST}{report.pk}/change/", f"{LIST}{report.pk}/download/"):
        assert client.get(url).status_code == 403
    assert client.post(ADD, form()).status_code == 403
    assert Report.objects.count() == 1


def test_customers_data_needs_the_permission_to_see_orders(client: Client) -> None:
    user = User.objects.create_user("accountant", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_report", "add_report"]))
    sign_in(client, user)
    figures, people = made(Kind.DAYS), made(Kind.CUSTOMERS)
    assert client.get(f"{LIST}{figures.pk}/download/").status_code == 200
    assert client.get(f"{LIST}{people.pk}/download/").status_code == 404
    assert client.get(f"{LIST}{people.pk}/change/").status_code in {302, 404}
    assert "valid choice" in client.post(ADD, form(kind="customers")).content.decode()
    user.user_permissions.add(Permission.objects.get(codename="view_order"))
    assert client.get(f"{LIST}{people.pk}/download/").status_code == 200


def test_a_report_can_be_deleted_before_it_expires(admin_client: Client) -> None:
    report = made(Kind.CUSTOMERS)
    response = admin_client.post(f"{LIST}{report.pk}/delete/", {"post": "yes"})
    assert response.status_code == 302
    assert not ReportChunk.objects.exists()
    assert not TaskRun.objects.exists()
