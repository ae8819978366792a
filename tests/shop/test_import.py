"""Products and stock from a file: every change is told first, then all are written or none; exports come back."""

import csv
import io
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries as Queries

from shop import importing, prices, search, stock, tasks
from shop.importing import running, writing
from shop.models import AttributeValue, CatalogueImport, ImportFinding, Product, Variant
from tests.factories import AttributeValueFactory, CategoryFactory, ProductFactory, VariantFactory
from tests.staff import sign_in

pytestmark = pytest.mark.django_db
State = CatalogueImport.State


def uploaded(text: str, **columns: str) -> CatalogueImport:
    row = importing.upload(text.encode(), name="wines.csv", actor="anna")
    headings = importing.read(text.encode()).headings
    importing.check(row.pk, columns or importing.guess(headings))
    return row


def checked(text: str) -> CatalogueImport:
    row = uploaded(text)
    assert tasks.work_on_import(row.pk)
    row.refresh_from_db()
    assert row.state == State.CHECKED
    return row


def told(row: CatalogueImport) -> list[tuple[int, str, str]]:
    return [(finding.line, finding.kind, finding.text) for finding in row.findings.all()]


def written(text: str) -> CatalogueImport:
    row = checked(text)
    importing.write(row.pk)
    assert tasks.work_on_import(row.pk)
    row.refresh_from_db()
    return row


def exported() -> str:
    return "".join(importing.lines())


def counts() -> tuple[int, ...]:
    return (Product.objects.count(), Variant.objects.count(), AttributeValue.objects.count())


@pytest.fixture
def shelf() -> Any:
    return CategoryFactory(name="Red", slug="red")


def test_a_check_tells_every_change_and_changes_nothing(shelf: Any) -> None:
    variant = VariantFactory(sku="A-1", price=Decimal("12.00"), stock=4, product__name="Merlot")
    before = counts()
    row = checked(
        "SKU;Name;Category;Variant;Price;Units on hand\n"
        'A-1;"Merlot, old";;;13,50;10\n'
        "B-1;Syrah;red;75 cl;9,90;6\n"
        "B-6;Syrah;red;case of 6;55;\n"
    )
    assert told(row) == [
        (2, "change", "Name: Merlot → Merlot, old; Price: 12.00 → 13.50; Units on hand: 4 → 10"),
        (
            3,
            "add",
            (
                "new product syrah; Name: – → Syrah; Category's address: – → Red; "
                "new variant; Variant: – → 75 cl; Price: – → 9.90; Units on hand: 0 → 6"
            ),
        ),
        (4, "add", "new variant; Variant: – → case of 6; Price: – → 55.00"),
    ]
    variant.refresh_from_db()
    assert (variant.price, variant.on_hand, counts()) == (Decimal("12.00"), 4, before)


def test_what_was_told_is_written_through_the_rooms_own_services(shelf: Any) -> None:
    variant = VariantFactory(sku="A-1", price=Decimal("12.00"), stock=4, product__name="Merlot")
    AttributeValueFactory(attribute__slug="grape", name="Malbec")
    row = written(
        "sku,name,category,label,price,stock,attribute:grape,published,volume\n"
        "A-1,Merlot Old,,,13.50,10,Merlot | Malbec,,\n"
        "B-1,Syrah,red,75 cl,9.90,6,Syrah,yes,750\n"
    )
    assert (row.state, row.last_error) == (State.DONE, "")
    variant.refresh_from_db()
    assert (variant.price, variant.on_hand, variant.volume) == (Decimal("13.50"), 10, None)
    assert variant.price_changes.last().price == Decimal("13.50")
    movement = variant.stock_movements.first()
    assert (movement.on_hand, movement.actor, movement.reference) == (6, "anna", f"import {row.pk}")
    assert set(variant.product.attribute_values.values_list("name", flat=True)) == {"Merlot", "Malbec"}
    new = Variant.objects.get(sku="B-1")
    assert (new.product.slug, new.product.published, new.on_hand, new.label) == ("syrah", True, 6, "75 cl")
    assert new.price_changes.get().price == Decimal("9.90")
    assert search.find("syrah") == (new.product_id,)
    assert not stock.differences()
    assert not tasks.work_on_import(row.pk)


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("A-1,,,,abc,", "Price: “abc” is no number."),
        ("A-1,,,,12.345,", "Price: Such a fraction cannot be charged."),
        ("A-1,,,,-1,", "greater than or equal to 0"),
        ("A-1,,,,,-1", "between 0 and 1000000"),
        ("A-1,,,,,1.5", "no whole number"),
        ("A-1,,,,,2", "3 units are promised to orders."),
        ("A-1,,nowhere,,,", "there is no category “nowhere”"),
        (f"A-1,{'x' * 201},,,,", "at most 200 characters"),
        (",X,red,75 cl,1,", "SKU: This field cannot be blank."),
        (f"{'x' * 41},X,red,75 cl,1,", "at most 40 characters"),
        ("N-1,X,red,75 cl,,", "needs: price"),
        ("N-1,,red,75 cl,1,", "needs: name"),
        ("N-1,!!!,red,75 cl,1,", "cannot be a product's address"),
        ("A-1,too,short", "3 cells under 6 headings"),
        ("A-1,,,,,,more", "7 cells under 6 headings"),
        ("A-1,,,,,\nA-1,,,,,", "stands on an earlier line"),
        ("N-1,Rosé 🍷,white,75 cl,1,", "cannot print “🍷”"),
        ("N-1,X,white,ขวด,1,", "cannot print “ขวด”"),
        ("N-🍷,X,white,75 cl,1,", "cannot print “🍷”"),
        ("N-1,X,red,75 cl,1,\nN-2,X,blue,6,1,", "there is no category “blue”"),
        ("N-1,X,red,75 cl,1,\nN-2,X,white,6,1,", "another than on line 2"),
    ],
)
def test_errors_are_told_by_line_and_forbid_to_write(shelf: Any, line: str, error: str) -> None:
    CategoryFactory(name="White", slug="white")
    variant = VariantFactory(sku="A-1", stock=10)
    stock.reserve({variant.pk: 3}, reference="order")
    row = checked(f"sku,name,category,label,price,stock\n{line}\n")
    errors = [(number, text) for number, kind, text in told(row) if kind == "error"]
    assert errors
    assert error in errors[-1][1]
    assert errors[-1][0] == 1 + len(line.splitlines())
    with pytest.raises(importing.NotNow):
        importing.write(row.pk)


def test_what_stands_there_already_is_no_error_even_where_papers_cannot_print_it(shelf: Any) -> None:
    variant = VariantFactory(sku="🍷-1", label="ขวด", price=10, product__name="Rosé 🍷", product__slug="rose")
    row = checked("sku,product,name,label,price\n🍷-1,rose,Rosé 🍷,ขวด,12\nN-1,rose,Rosé 🍷,75 cl,9\n")
    assert [kind for _number, kind, _text in told(row)] == ["change", "add"]
    importing.write(row.pk)
    tasks.work_on_import(row.pk)
    variant.refresh_from_db()
    assert (variant.price, variant.product.name) == (12, "Rosé 🍷")
    [error] = told(checked("sku,name\n🍷-1,Rosé 🍷🍷\n"))
    assert "cannot print “🍷”" in error[2]


def test_findings_come_in_the_order_of_the_lines(shelf: Any) -> None:
    for sku in ("A-1", "A-3"):
        VariantFactory(sku=sku)
    row = checked("sku,price\nA-1,13\nA-2,abc\nA-3,14\nA-4,x\n")
    assert [line for line, _kind, _text in told(row)] == [2, 3, 4, 5]


def test_an_empty_cell_empties_what_may_be_empty_and_leaves_alone_what_may_not() -> None:
    variant = VariantFactory(sku="A-1", cost=Decimal("5.00"), product__description="Long walk")
    written("sku,name,description,price,cost,published\nA-1,,,,,\n")
    variant.refresh_from_db()
    assert (variant.cost, variant.price, variant.product.description) == (None, Decimal("12.00"), "")
    assert variant.product.name.startswith("Wine")
    assert variant.product.published


def awkward_catalogue() -> None:
    """Everything that has trouble getting through a CSV file."""
    merlot = AttributeValueFactory(attribute__slug="grape", name="Merlot")
    values = [
        merlot,
        AttributeValueFactory(attribute__slug="grape", name="=Pinot|Noir", slug="pinot"),
        AttributeValueFactory(attribute__slug="grape", name="@home", slug="home"),
        AttributeValueFactory(attribute__slug="grape", name="merlot", slug="other-merlot"),
        AttributeValueFactory(attribute__slug="grape", name="other-merlot", slug="third"),
        AttributeValueFactory(attribute__slug="region", name="Merlot"),
    ]
    product = ProductFactory(
        name='=HYPERLINK("http://x"), ‘Merlot’; "old"',
        description='Line one\r\nline "two", = 3\n\tend',
        category=CategoryFactory(name="Red"),
        values=values,
        published_from=timezone.now(),
        tax_class="reduced",
    )
    VariantFactory(product=product, sku="-A1", label="+75 cl", price=Decimal("12.35"), cost=Decimal("3.333"), stock=7)
    VariantFactory(product=product, sku="=B", label="'=x", price=Decimal("0.05"), volume=None, stock=0)
    VariantFactory(
        product__published=False, product__name="Ünïcode 名", product__description="🍷 & more", product__slug="unicode"
    )


def test_an_export_comes_back_without_a_change() -> None:
    awkward_catalogue()
    VariantFactory(product__name="Spaced ", product__description=" with space around it \u00a0")
    assert told(checked(exported())) == []


def test_an_export_opened_and_saved_by_a_german_spreadsheet_comes_back_without_a_change() -> None:
    awkward_catalogue()
    rows = list(csv.reader(io.StringIO(exported().removeprefix("\ufeff"), newline="")))
    out = io.StringIO(newline="")
    price, cost = rows[0].index("price"), rows[0].index("cost")
    for row in rows[1:]:
        row[price], row[cost] = row[price].replace(".", ","), row[cost].replace(".", ",")
    csv.writer(out, delimiter=";").writerows(rows)
    assert told(checked(out.getvalue())) == []


def test_an_export_into_an_empty_shop_brings_the_catalogue_back() -> None:
    awkward_catalogue()
    before = exported()
    Product.objects.all().delete()
    assert written(before).state == State.DONE
    assert exported() == before


def test_87_no_exported_cell_starts_a_formula() -> None:
    awkward_catalogue()
    rows = list(csv.reader(io.StringIO(exported().removeprefix("\ufeff"), newline="")))
    assert len(rows) == 4
    assert not [cell for row in rows for cell in row if cell[:1] in set("=+-@\t\r\n") and cell]


def test_an_export_costs_a_number_of_queries_that_does_not_grow(django_assert_max_num_queries: Queries) -> None:
    awkward_catalogue()
    with django_assert_max_num_queries(6) as few:
        exported()
    for _number in range(20):
        VariantFactory()
    with django_assert_max_num_queries(6) as many:
        exported()
    assert len(few) == len(many)


def test_a_check_costs_a_number_of_queries_that_does_not_grow(django_assert_max_num_queries: Queries) -> None:
    awkward_catalogue()
    row = uploaded(exported())
    with django_assert_max_num_queries(20) as few:
        tasks.work_on_import(row.pk)
    for _number in range(20):
        VariantFactory()
    row = uploaded(exported())
    with django_assert_max_num_queries(20) as many:
        tasks.work_on_import(row.pk)
    assert len(few) == len(many)


def test_what_changed_since_the_check_is_shown_again_before_it_is_written() -> None:
    variant = VariantFactory(sku="A-1", price=Decimal("12.00"))
    row = checked("sku,price\nA-1,13.00\n")
    prices.set_price(variant.pk, Decimal("11.00"))
    importing.write(row.pk)
    tasks.work_on_import(row.pk)
    row.refresh_from_db()
    assert row.state == State.CHECKED
    assert "has changed since the check" in row.last_error
    assert told(row) == [(2, "change", "Price: 11.00 → 13.00")]
    importing.write(row.pk)
    tasks.work_on_import(row.pk)
    variant.refresh_from_db()
    assert variant.price == Decimal("13.00")


@pytest.mark.django_db(transaction=True)
def test_all_is_written_or_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    CategoryFactory(name="Red", slug="red")
    variant = VariantFactory(sku="A-1", stock=10)
    row = checked("sku,name,category,label,price,stock\nN-1,New,red,75 cl,5,3\nA-1,,,,99,2\n")
    importing.write(row.pk)
    before = counts()

    def after_an_order(units: dict[int, int], **_why: Any) -> None:
        assert units[variant.pk] == -8
        raise stock.OutOfStock(variant.pk)  # an order came between the plan and the ledger

    monkeypatch.setattr(writing.stock, "adjust_many", after_an_order)
    assert tasks.work_on_import(row.pk)
    row.refresh_from_db()
    variant.refresh_from_db()
    assert (row.state, counts(), variant.price, variant.on_hand) == (State.CHECKED, before, Decimal("12.00"), 10)
    assert "has changed" in row.last_error


@pytest.mark.django_db(transaction=True)
def test_two_workers_with_the_same_import_write_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    VariantFactory(sku="A-1", stock=10)
    row = checked("sku,stock\nA-1,12\n")
    importing.write(row.pk)
    plan = running._plan

    def meanwhile(other: CatalogueImport) -> Any:
        planned = plan(other)
        monkeypatch.setattr(running, "_plan", plan)
        CatalogueImport.objects.update(not_before=timezone.now())  # as if this worker's lease had run out
        assert running.work(other.pk)
        return planned

    monkeypatch.setattr(running, "_plan", meanwhile)
    running.work(row.pk)
    row.refresh_from_db()
    assert (row.state, Variant.objects.get().on_hand) == (State.DONE, 12)
    assert not stock.differences()


def test_a_worker_that_fails_tries_again_and_gives_up_after_three_times(monkeypatch: pytest.MonkeyPatch) -> None:
    VariantFactory(sku="A-1")
    row = uploaded("sku,price\nA-1,13\n")

    def broken(_content: bytes) -> None:
        raise OSError("disk")

    monkeypatch.setattr(running, "read", broken)
    for _time in range(3):
        CatalogueImport.objects.update(not_before=timezone.now())
        with pytest.raises(OSError, match="disk"):
            tasks.work_on_import(row.pk)
        assert not tasks.work_on_import(row.pk)
    row.refresh_from_db()
    assert (row.state, row.last_error) == (State.FAILED, "OSError: disk")
    importing.check(row.pk, row.columns)


def test_the_sweep_nudges_imports_that_wait(nudges: list[tuple[str, object]]) -> None:
    row = uploaded("sku\nA\n")
    nudges.clear()
    tasks.sweep()
    assert nudges == [("shop.tasks.work_on_import", row.pk)]
    tasks.work_on_import(row.pk)
    nudges.clear()
    tasks.sweep()
    assert not nudges


def test_columns_are_guessed_from_their_headings() -> None:
    AttributeValueFactory(attribute__slug="grape", attribute__name="Grape")
    headings = ["Artikelnummer", "Bezeichnung", "PREIS", "Bestand", "grape", "Whatever", "Price"]
    assert importing.guess(headings) == {
        "Artikelnummer": "sku",
        "Bezeichnung": "name",
        "PREIS": "price",
        "Bestand": "stock",
        "grape": "attribute:grape",
    }


def test_twenty_thousand_lines_are_the_most() -> None:
    with pytest.raises(importing.Unreadable):
        importing.upload(b"sku\n" + b"A\n" * 20_001, name="x", actor="")
    assert not CatalogueImport.objects.exists()


def page(client: Client, pk: int) -> Any:
    return client.get(reverse("admin:shop_catalogueimport_change", args=[pk]))


def test_staff_upload_name_the_columns_look_and_write(admin_client: Client) -> None:
    variant = VariantFactory(sku="A-1", price=Decimal("12.00"))
    file = SimpleUploadedFile("Preise.csv", "Nummer;Preis\nA-1;13,00\n".encode("cp1252"))
    response = admin_client.post(reverse("admin:shop_catalogueimport_add"), {"file": file})
    row = CatalogueImport.objects.get()
    url = reverse("admin:shop_catalogueimport_change", args=[row.pk])
    assert (response.headers["Location"], row.created_by) == (url, "admin")
    assert "A-1" in page(admin_client, row.pk).content.decode()

    missing = admin_client.post(url, {"check": "1", "of-column_0": "", "of-column_1": "price"})
    assert "One column has to be the SKU" in missing.content.decode()
    twice = admin_client.post(url, {"check": "1", "of-column_0": "sku", "of-column_1": "sku"})
    assert "cannot mean the same" in twice.content.decode()
    assert admin_client.post(url, {"check": "1", "of-column_0": "sku", "of-column_1": "price"}).status_code == 302

    waiting = page(admin_client, row.pk)
    assert waiting.headers["Refresh"] == "2"
    assert "0 of 1 lines read" in waiting.content.decode()
    tasks.work_on_import(row.pk)
    looked = page(admin_client, row.pk)
    assert "Refresh" not in looked.headers
    assert "Price: 12.00 → 13.00" in looked.content.decode()
    assert admin_client.post(url, {"write": "1"}).status_code == 302
    tasks.work_on_import(row.pk)
    done = page(admin_client, row.pk).content.decode()
    assert "Written on" in done
    assert 'name="write"' not in done
    variant.refresh_from_db()
    assert variant.price == Decimal("13.00")
    again = admin_client.post(url, {"write": "1"}, follow=True)
    assert "cannot be done now" in again.content.decode()


def test_what_no_spreadsheet_saved_is_an_error_of_the_form(admin_client: Client) -> None:
    file = SimpleUploadedFile("x.csv", b"\0\1\2")
    response = admin_client.post(reverse("admin:shop_catalogueimport_add"), {"file": file})
    assert response.status_code == 200
    assert "no text file" in response.content.decode()
    assert admin_client.post(reverse("admin:shop_catalogueimport_add"), {}).status_code == 200
    assert not CatalogueImport.objects.exists()


def test_findings_come_in_pages_and_kinds(admin_client: Client, django_assert_max_num_queries: Queries) -> None:
    text = "sku,price\n" + "".join(f"X-{number},abc\n" for number in range(150))
    row = checked(text)
    with django_assert_max_num_queries(12):
        first = page(admin_client, row.pk)
    assert "Page 1 of 2" in first.content.decode()
    url = reverse("admin:shop_catalogueimport_change", args=[row.pk])
    assert len(admin_client.get(url, {"kind": "error", "p": "2"}).context["page"]) == 50
    assert len(admin_client.get(url, {"kind": "add"}).context["page"]) == 0
    assert admin_client.get(url, {"kind": "nonsense", "p": "nonsense"}).status_code == 200
    assert ImportFinding.objects.count() == 150


def test_who_may_not_change_products_may_not_import(client: Client, django_user_model: Any) -> None:
    staff = django_user_model.objects.create_user("berta", password="x", is_staff=True)
    sign_in(client, staff)
    row = checked("sku,price\nX,1\n")
    for url in (
        reverse("admin:shop_catalogueimport_add"),
        reverse("admin:shop_catalogueimport_change", args=[row.pk]),
        reverse("admin:shop_catalogueimport_export"),
    ):
        assert client.get(url).status_code == 403
        assert client.post(url, {"check": "1"}).status_code == 403


def test_the_export_is_a_download(admin_client: Client) -> None:
    VariantFactory(sku="A-1")
    response = admin_client.get(reverse("admin:shop_catalogueimport_export"))
    content = b"".join(response).decode("utf-8-sig")
    assert response.headers["Content-Disposition"].startswith('attachment; filename="catalogue-')
    assert content.splitlines()[1].startswith("A-1,")
    assert "Export CSV" in admin_client.get(reverse("admin:shop_product_changelist")).content.decode()


def test_the_list_of_imports_reads_no_file(admin_client: Client, django_assert_max_num_queries: Queries) -> None:
    for _number in range(5):
        importing.upload(b"sku\nA\n", name="x.csv", actor="anna")
    with django_assert_max_num_queries(10) as queries:
        assert admin_client.get(reverse("admin:shop_catalogueimport_changelist")).status_code == 200
    assert not [query for query in queries.captured_queries if '"content"' in query["sql"]]
