"""Papers as people get them: downloads by token or permission, and what stands on the page, letter by letter."""

import re
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from babel.dates import format_date
from django.contrib.auth.models import Permission, User
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries

from cart import defaults
from orders import documents, services, transitions
from orders.emails import compose
from orders.models import Invoice, Order
from shop.models import ShopProfile
from shop.money import format_money
from tests.checkout import filled_cart, paid_order, pay, place, placed_order
from tests.factories import VariantFactory
from tests.staff import sign_in

pytestmark = pytest.mark.django_db

LIST = reverse("admin:orders_order_changelist")
needs_poppler = pytest.mark.needs("pdftotext")

SCRIPTS = {
    "latin": ("en", "Žofia Núñez-Größler", "Šljivovica & <Ørsted> Cuvée", "Łódź"),
    "cyrillic": ("ru", "Анна Щукина", "Каберне Совиньон «Юбилейное»", "Київ"),
    "greek": ("el", "Ελένη Παπαδοπούλου", "Ξινόμαυρο Νάουσα", "Θεσσαλονίκη"),
}


@pytest.fixture(autouse=True)
def _rules() -> None:
    defaults.load()
    ShopProfile.objects.create(
        pk=1,
        legal_name="Quiet Cellar GmbH",
        address="Weinstraße 7\n67433 Neustadt",
        vat_id="DE123456789",
        iban="DE02 1203 0000 0000 2020 51",
    )


def credit_note(order: Order, amount: str) -> Invoice:
    with transaction.atomic():
        note = documents.issue_credit_note(transitions.lock(order.pk), Decimal(amount), reference="refund-1")
    assert note
    return note


def text_of(pdf: bytes, folder: Path, *, program: str = "pdftotext") -> str:
    """What poppler reads in a PDF; each run of spaces as one."""
    path = folder / "paper.pdf"
    path.write_bytes(pdf)
    command = [program, "-layout", str(path), "-"] if program == "pdftotext" else [program, str(path)]
    text = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    return re.sub(r"[ \u00a0\u202f]+", " ", text)


def one_space(text: str) -> str:
    return re.sub(r"[\u00a0\u202f]", " ", text)


class TestDownloads:
    def test_who_has_the_orders_link_gets_the_invoice(self, client: Client) -> None:
        order = paid_order()
        invoice = order.invoices.get()
        page = client.get(order.get_absolute_url()).content.decode()
        assert reverse("orders:order_invoice", args=[order.token]) in page
        answer = client.get(f"/orders/{order.token}/invoice.pdf")
        assert answer.content == documents.pdf_of(invoice)
        assert answer["Content-Type"] == "application/pdf"
        assert answer["Content-Disposition"] == f'inline; filename="{invoice.number}.pdf"'
        assert "private" in answer["Cache-Control"]

    def test_and_its_credit_notes(self, client: Client) -> None:
        order = paid_order()
        note = credit_note(order, "5.00")
        url = reverse("orders:order_credit_note", args=[order.token, note.number])
        assert url in client.get(order.get_absolute_url()).content.decode()
        assert client.get(url).content == documents.pdf_of(note)

    def test_an_unpaid_order_has_nothing_to_download(self, client: Client) -> None:
        order = placed_order()
        assert client.get(f"/orders/{order.token}/invoice.pdf").status_code == 404
        assert "invoice.pdf" not in client.get(order.get_absolute_url()).content.decode()

    def test_78_another_orders_invoice_is_not_found(self, client: Client) -> None:
        mine, other = paid_order(), paid_order()
        note = credit_note(other, "5.00")
        theirs = other.invoices.get(kind="invoice")
        for url in (
            f"/orders/{'A' * len(mine.token)}/invoice.pdf",
            f"/orders/{mine.number}/invoice.pdf",
            reverse("orders:order_credit_note", args=[mine.token, note.number]),
            reverse("orders:order_credit_note", args=[mine.token, theirs.number]),
            reverse("orders:order_credit_note", args=[other.token, theirs.number]),  # no credit note
        ):
            assert client.get(url).status_code == 404, url
        assert client.post(f"/orders/{mine.token}/invoice.pdf").status_code == 405


class TestStaff:
    def _staff(self, client: Client, *permissions: str) -> None:
        user = User.objects.create_user("packer", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        sign_in(client, user)

    def test_papers_open_by_permission_only(self, client: Client) -> None:
        invoice = paid_order().invoices.get()
        url = reverse("admin:orders_invoice_pdf", args=[invoice.pk])
        assert client.get(url).status_code == 302  # to the login
        self._staff(client, "view_order")
        assert client.get(url).status_code == 403
        assert LIST.replace("/order/", "/invoice/") not in client.get("/admin/").content.decode()

    def test_staff_find_papers_by_order_and_open_them(self, client: Client) -> None:
        order = paid_order()
        invoice = order.invoices.get()
        self._staff(client, "view_order", "view_invoice")
        url = reverse("admin:orders_invoice_pdf", args=[invoice.pk])
        assert client.get(url).content == documents.pdf_of(invoice)
        found = client.get(reverse("admin:orders_invoice_changelist"), {"q": order.number}).content.decode()
        assert url in found
        assert url in client.get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()

    def test_nobody_writes_a_paper_by_hand(self, admin_client: Client) -> None:
        invoice = paid_order().invoices.get()
        url = reverse("admin:orders_invoice_change", args=[invoice.pk])
        assert admin_client.get(url).status_code == 200
        assert admin_client.post(url, {"total": "1"}).status_code == 403
        assert admin_client.post(reverse("admin:orders_invoice_delete", args=[invoice.pk])).status_code == 403

    @needs_poppler
    def test_packing_slips_of_many_orders_are_one_pdf(self, admin_client: Client, tmp_path: Path) -> None:
        orders = [paid_order(VariantFactory(product__name=f"Wine of slip {n}"), quantity=n) for n in (1, 2, 3)]
        chosen = {"action": "packing_slips", "_selected_action": [order.pk for order in orders]}
        pages = text_of(admin_client.post(LIST, chosen).content, tmp_path).split("\f")
        assert len(pages) == 4  # and what follows the last
        for number, (order, page) in enumerate(zip(orders, pages, strict=False), start=1):
            assert order.number in page
            assert "Main Street 1" in page
            assert re.search(rf"\n\s*{number} Wine of slip {number}, 75 cl", page)
            assert "€" not in page

    @needs_poppler
    def test_a_packing_slip_leaves_out_what_was_shipped(self, tmp_path: Path) -> None:
        order = paid_order(VariantFactory(product__name="Sent wine"), VariantFactory(product__name="Kept wine"))
        order.line_items.filter(name="Sent wine").update(shipped_units=1)
        text = text_of(documents.packing_slips([order]), tmp_path)
        assert "Kept wine" in text
        assert "Sent wine" not in text

    @needs_poppler
    def test_orders_that_must_not_leave_have_no_packing_slip(self, admin_client: Client, tmp_path: Path) -> None:
        good, held, withdrawn, sent = [paid_order() for _order in range(4)]
        unpaid, *ended = [placed_order() for _order in range(3)]
        Order.objects.filter(pk=held.pk).update(hold_shipping="dispute")
        item = withdrawn.line_items.get()
        statement = services.Statement(key=uuid4(), name="Kim Doe", email="kim@example.com")
        with transaction.atomic():
            services.withdraw(transitions.lock(withdrawn.pk), {item: 1}, statement)
            for order, status in zip(ended, (Order.Status.CANCELED, Order.Status.EXPIRED), strict=True):
                services.end(transitions.lock(order.pk), status, actor="test")
        sent.line_items.update(shipped_units=1)
        no_slips = [held, withdrawn, sent, unpaid, *ended]
        chosen = {"action": "packing_slips", "_selected_action": [order.pk for order in [good, *no_slips]]}
        text = text_of(admin_client.post(LIST, chosen).content, tmp_path)
        assert good.number in text
        assert not [order.number for order in no_slips if order.number in text]
        assert f": {', '.join(order.number for order in no_slips)}." in admin_client.get("/admin/").content.decode()

    def test_without_any_order_to_pack_the_list_says_so(self, admin_client: Client) -> None:
        order = placed_order()
        chosen = {"action": "packing_slips", "_selected_action": [order.pk]}
        page = admin_client.post(LIST, chosen, follow=True).content.decode()
        assert f"Left out, as there is nothing to send now: {order.number}." in page

    def test_packing_slips_cost_the_same_queries_however_many(
        self, admin_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        counts = []
        for number in (1, 4):
            orders = [paid_order() for _order in range(number)]
            chosen = {"action": "packing_slips", "_selected_action": [order.pk for order in orders]}
            with django_assert_max_num_queries(15) as queries:
                admin_client.post(LIST, chosen)
            counts.append(len(queries))
        assert counts[0] == counts[1]


@needs_poppler
@pytest.mark.parametrize("script", SCRIPTS)
class TestText:
    """pdftotext reads in the paper what the order says."""

    @pytest.fixture
    def order(self, script: str) -> Order:
        language, name, wine, city = SCRIPTS[script]
        cart = filled_cart(VariantFactory(price="12.50", sku="GV-75", product__name=wine), quantity=3)
        order = place(cart, full_name=name, city=city, address2="2. OG")
        Order.objects.filter(pk=order.pk).update(language=language)
        order.refresh_from_db()
        pay(order)
        return order

    def _expected(self, order: Order) -> list[str]:
        item = order.line_items.get()
        amounts = [item.unit_price, item.total, order.shipping, order.total, order.tax, order.total - order.tax]
        with translation.override(order.language):
            country = order.country_name
        return [
            order.number, order.full_name, order.address1, order.address2, order.city, country, item.name, item.sku,
            one_space(format_date(timezone.localdate(), "long", locale=order.language)),
            "Quiet Cellar GmbH", "Weinstraße 7", "DE123456789", "DE02 1203 0000 0000 2020 51",
            *(one_space(format_money(amount, order.currency, order.language)) for amount in amounts),
        ]  # fmt: skip

    def test_the_invoice_says_what_the_order_says(self, order: Order, tmp_path: Path) -> None:
        invoice = order.invoices.get()
        text = text_of(documents.pdf_of(invoice), tmp_path)
        for words in [invoice.number, *self._expected(order)]:
            assert words in text, words
        assert re.search(rf"\n\s*3 {re.escape(order.line_items.get().name)}, 75 cl ", text)
        assert "\ufffd" not in text

    def test_the_credit_note_names_its_invoice(self, order: Order, tmp_path: Path) -> None:
        note = credit_note(order, "10.00")
        text = text_of(documents.pdf_of(note), tmp_path)
        for words in (note.number, order.invoices.get(kind="invoice").number, order.full_name, order.number):
            assert words in text
        for amount in ("10.00", "8.40", "1.60"):  # 19 % of it
            assert one_space(format_money(Decimal(amount), "EUR", order.language)) in text

    def test_every_font_is_embedded(self, order: Order, tmp_path: Path) -> None:
        fonts = text_of(documents.pdf_of(order.invoices.get()), tmp_path, program="pdffonts").splitlines()[2:]
        assert len(fonts) >= 3
        assert all(re.search(r"\byes yes yes\b", font) for font in fonts), fonts  # embedded, cut, with its letters
        assert all("Shop" in font for font in fonts)


@needs_poppler
def test_an_order_without_tax_says_why(tmp_path: Path, settings: Any) -> None:
    order = placed_order()
    order.line_items.update(tax=0, tax_rate=0)
    Order.objects.filter(pk=order.pk).update(tax=0, country="CH")
    pay(order)
    assert "Article 146" in text_of(documents.pdf_of(order.invoices.get()), tmp_path)


@needs_poppler
def test_a_discount_names_its_coupons(tmp_path: Path) -> None:
    order = placed_order()
    Order.objects.filter(pk=order.pk).update(coupon_codes=["HARVEST", "Olé-5"], discount=Decimal("1.50"))
    pay(order)
    invoice = order.invoices.get()
    note = credit_note(order, str(invoice.total))
    for paper in (invoice, note):
        assert "Discount (HARVEST, Olé-5) −€1.50" in text_of(documents.pdf_of(paper), tmp_path)
    for mail in order.emails.all():
        message = compose(mail)
        assert "Discount (HARVEST, Olé-5)" in message.body
        assert "Discount (HARVEST, Olé-5)" in str(message.alternatives[0][0])


@needs_poppler
def test_a_long_order_runs_over_pages_that_say_so(tmp_path: Path) -> None:
    order = placed_order()
    item = order.line_items.get()
    for number in range(59):
        item.pk, item.name = None, f"Wine {number}"
        item.save()
    pay(order)
    data = documents.pdf_of(order.invoices.get())
    pages = text_of(data, tmp_path).split("\f")[:-1]
    print(f"60 lines: {len(pages)} pages, {len(data) / 1024:.0f} KB")
    assert len(data) < 120 * 1024
    for number, page in enumerate(pages, start=1):
        assert f"Page {number} of {len(pages)}" in page
        assert "Quiet Cellar GmbH" in page
