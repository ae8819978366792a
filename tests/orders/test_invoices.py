"""Invoices and credit notes: numbered without gaps, never changed, and saying what the order says."""

import time
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F, ProtectedError
from django.utils import timezone

from cart import defaults
from orders import documents, services, transitions
from orders.documents import making, numbers
from orders.models import Immutable, Invoice, InvoiceCounter, InvoicePdf, LineItem, Order
from orders.tasks import make_document, sweep
from shop.models import ShopProfile, Variant
from tests.checkout import paid_order, pay, placed_order
from tests.factories import VariantFactory
from tests.races import most_connections, run_together

AT_ONCE = 50


def wine() -> Variant:
    return Variant.objects.filter(sku="GV").first() or VariantFactory(
        price="12.50", sku="GV", product__name="Grüner Veltliner"
    )


def ordered() -> Order:
    """Two bottles at 12.50, shipping 6.90, paid; tax 19 % in it."""
    return paid_order(wine(), quantity=2)


def credit(order: Order, amount: str, reference: str = "refund-1", **what: Any) -> Invoice | None:
    with transaction.atomic():
        return documents.issue_credit_note(transitions.lock(order.pk), Decimal(amount), reference=reference, **what)


def sums(note: Invoice) -> tuple[Decimal, Decimal]:
    """(net, tax) over all rates."""
    rows = note.content["taxes"]
    net, tax = ([Decimal(row[part]) for row in rows] for part in ("net", "tax"))
    return sum(net, Decimal(0)), sum(tax, Decimal(0))


class TestOfOneOrder:
    pytestmark = pytest.mark.django_db

    @pytest.fixture(autouse=True)
    def _rules(self) -> None:
        defaults.load()

    def test_an_order_that_is_paid_has_an_invoice(self) -> None:
        order = ordered()
        invoice = order.invoices.get()
        assert invoice.number == f"INV-{invoice.issued_on.year}-00001"
        assert (invoice.total, invoice.currency) == (Decimal("31.90"), "EUR")
        assert sums(invoice) == (Decimal("26.81"), Decimal("5.09"))  # 31.90 / 1.19, tax rounded per line

    def test_paying_twice_issues_one_invoice(self) -> None:
        order = ordered()
        pay(order)
        with transaction.atomic():
            assert documents.issue_invoice(order) == order.invoices.get()

    def test_an_unpaid_order_has_none(self) -> None:
        assert not placed_order().invoices.exists()

    def test_each_year_and_each_kind_counts_from_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        order = ordered()
        note = credit(order, "10.00")
        assert note
        year = note.issued_on.year
        assert (note.number, note.corrects) == (f"CN-{year}-00001", order.invoices.get(kind="invoice"))
        monkeypatch.setattr("orders.documents.issuing.timezone.localdate", lambda *_args: date(year + 1, 1, 1))
        assert ordered().invoices.get().number == f"INV-{year + 1}-00001"

    def test_a_number_that_was_not_used_is_given_to_the_next(self) -> None:
        order = placed_order()
        with transaction.atomic():
            services.mark_paid(transitions.lock(order.pk), actor="test")
            transaction.set_rollback(True)
        invoice = ordered().invoices.get()
        assert invoice.number == f"INV-{invoice.issued_on.year}-00001"

    def test_what_was_issued_is_never_changed_or_deleted(self) -> None:
        invoice = ordered().invoices.get()
        invoice.total = Decimal(1)
        for attempt in (
            invoice.save,
            invoice.delete,
            Invoice.objects.all().delete,
            lambda: Invoice.objects.update(total=1),
        ):
            with pytest.raises(Immutable):
                attempt()
        with pytest.raises(ProtectedError):
            invoice.order.delete()

    def test_it_says_what_the_seller_was_called_then(self) -> None:
        profile = ShopProfile.objects.create(pk=1, legal_name="Quiet Cellar GmbH", address="Hill 1\nTown")
        order = ordered()
        profile.legal_name = "Loud Cellar AG"
        profile.save()
        seller = order.invoices.get().content["seller"]
        assert (seller["name"], seller["address"]) == ("Quiet Cellar GmbH", ["Hill 1", "Town"])

    def test_discount_and_tax_on_top_are_told_apart(self) -> None:
        """Two bottles at 10.00 net, 10 % off, shipping 5.00, 20 % on top of both: 18.00 + 5.00 + 4.60 = 27.60."""
        order = placed_order(wine(), quantity=2)
        order.line_items.update(unit_price=10, subtotal=20, discount=2, total=18, tax_rate=20, tax=Decimal("3.60"))
        Order.objects.filter(pk=order.pk).update(
            prices_include_tax=False, subtotal=20, discount=2, shipping=5, shipping_tax_rate=20, shipping_tax=1,
            tax=Decimal("4.60"), total=Decimal("27.60"),
        )  # fmt: skip
        order.refresh_from_db()
        pay(order)
        invoice = order.invoices.get()
        assert [(row["rate"], Decimal(row["net"]), Decimal(row["tax"])) for row in invoice.content["taxes"]] == [
            ("20", Decimal("23"), Decimal("4.60"))
        ]
        assert Decimal(invoice.content["lines"][0]["total"]) == 20  # the discount stands below


class TestCreditNotes:
    pytestmark = pytest.mark.django_db

    @pytest.fixture
    def order(self) -> Order:
        defaults.load()
        return ordered()

    def test_a_note_for_all_credits_each_line_and_the_very_tax(self, order: Order) -> None:
        note = credit(order, "31.90")
        assert note
        invoice = order.invoices.get(kind="invoice")
        assert sums(note) == sums(invoice)
        assert note.content["lines"] == invoice.content["lines"]

    def test_notes_in_parts_add_up_to_the_invoice(self, order: Order) -> None:
        notes = [credit(order, amount, f"refund-{amount}") for amount in ("10.01", "0.01", "21.88")]
        parts = [sums(note) for note in notes if note]
        assert (sum(net for net, _ in parts), sum(tax for _, tax in parts)) == sums(order.invoices.get(kind="invoice"))
        assert documents.credited(order) == Decimal("31.90")

    def test_no_more_is_credited_than_was_invoiced(self, order: Order) -> None:
        credit(order, "30.00")
        last = credit(order, "30.00", "refund-2")
        assert last
        assert last.total == Decimal("1.90")
        assert credit(order, "0.01", "refund-3") is None

    def test_one_refund_has_one_note(self, order: Order) -> None:
        assert credit(order, "10.00") == credit(order, "10.00")
        assert documents.credited(order) == Decimal("10.00")

    def test_it_names_the_units_that_came_back(self, order: Order) -> None:
        note = credit(order, "12.50", units={order.line_items.get(): 1})
        assert note
        assert note.content["units"] == [{"name": "Grüner Veltliner, 75 cl", "quantity": 1}]

    def test_without_an_invoice_there_is_nothing_to_correct(self, order: Order) -> None:
        assert credit(placed_order(), "10.00") is None

    def test_two_rates_are_credited_in_proportion(self, order: Order) -> None:
        unpaid = placed_order(VariantFactory(price="10.70"), VariantFactory(price="11.90"))
        LineItem.objects.filter(order=unpaid, total="10.70").update(tax_rate=7, tax="0.70")
        Order.objects.filter(pk=unpaid.pk).update(tax=F("tax") - Decimal("1.01"))
        pay(unpaid)
        first, second = credit(unpaid, "14.75", "half"), credit(unpaid, "14.75", "rest")
        assert first
        assert second
        assert [row["rate"] for row in first.content["taxes"]] == ["19", "7"]
        assert {row["rate"]: Decimal(row["tax"]) for row in first.content["taxes"]} == {
            "19": Decimal("1.50"),  # of 18.80 with tax 3.00, half
            "7": Decimal("0.35"),
        }
        both = [sum(pair) for pair in zip(sums(first), sums(second), strict=True)]
        assert both == list(sums(unpaid.invoices.get(kind="invoice")))


class TestPdf:
    pytestmark = pytest.mark.django_db

    @pytest.fixture
    def invoice(self) -> Invoice:
        defaults.load()
        return ordered().invoices.get()

    def test_a_worker_makes_it_once(self, invoice: Invoice) -> None:
        assert [make_document(invoice.pk) for _time in range(2)] == [True, False]
        assert documents.pdf_of(invoice).startswith(b"%PDF")

    def test_it_is_made_for_who_asks_before_the_worker(self, invoice: Invoice) -> None:
        asked = documents.pdf_of(invoice)
        assert not make_document(invoice.pk)
        assert documents.pdf_of(invoice) == asked

    def test_drawn_again_it_has_the_same_bytes(self, invoice: Invoice) -> None:
        kept = documents.pdf_of(invoice)
        ShopProfile.objects.create(pk=1, legal_name="Somebody Else")
        Order.objects.update(full_name="Somebody Else")
        assert making.drawn(Invoice.objects.get()) == kept

    def test_the_sweep_nudges_papers_that_have_no_pdf(self, invoice: Invoice, nudges: list[tuple[str, object]]) -> None:
        sweep()
        assert ("orders.tasks.make_document", invoice.pk) in nudges
        make_document(invoice.pk)
        nudges.clear()
        sweep()
        assert ("orders.tasks.make_document", invoice.pk) not in nudges

    def test_one_that_cannot_be_drawn_is_tried_again_later(
        self, invoice: Invoice, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(making, "drawn", lambda _invoice: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            make_document(invoice.pk)
        waiting = InvoicePdf.objects.get()
        assert (waiting.attempts, waiting.data) == (1, None)
        assert waiting.not_before > timezone.now()
        assert "ZeroDivisionError" in waiting.last_error

    def test_it_is_small(self, invoice: Invoice) -> None:
        assert len(making.drawn(invoice)) < 120 * 1024


def unguarded(series: str) -> int:
    """What numbers.take would be without its lock: look, then write."""
    counter, _created = InvoiceCounter.objects.get_or_create(series=series)
    time.sleep(0.01)
    InvoiceCounter.objects.filter(series=series).update(last=counter.last + 1)
    return counter.last + 1


@pytest.mark.needs("postgres")
@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def _pay_all(self) -> list[Any]:
        """Pay for 50 orders at the same moment; every fifth transaction fails after its number was taken."""
        defaults.load()
        variant = VariantFactory(stock=AT_ONCE)
        orders = [placed_order(variant) for _order in range(AT_ONCE)]

        def job(number: int, order: Order) -> None:
            with transaction.atomic():
                services.mark_paid(transitions.lock(order.pk), actor="test")
                if number % 5 == 0:
                    raise ZeroDivisionError

        connections = most_connections(AT_ONCE)
        jobs = [lambda n=n, order=order: job(n, order) for n, order in enumerate(orders)]
        results = run_together(jobs, connections=connections)
        print(f"{AT_ONCE} payments on {connections} connections")
        return results

    def test_50_payments_at_once_share_and_skip_no_number(self) -> None:
        results = self._pay_all()
        assert [type(result) for result in results if result] == [ZeroDivisionError] * 10
        assert sorted(Invoice.objects.values_list("position", flat=True)) == list(range(1, 41))

    def test_without_the_lock_numbers_are_shared(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(numbers, "take", unguarded)
        results = self._pay_all()
        assert any(isinstance(result, IntegrityError) for result in results)  # a shared one, refused by the database
