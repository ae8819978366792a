"""Lists are read from rows of their own: they follow every change, and long ones are counted by a worker."""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from shop import catalogue, listings, prices, search, stock, tasks
from shop.catalogue import counts, scopes
from shop.listings import counting, writing
from shop.models import AttributeValue, Category, CountedList, DueListing, KeptCounts, Listing, Product, Variant
from tests.factories import AttributeValueFactory, CategoryFactory, VariantFactory
from tests.races import most_connections, run_together


def places(product: Product) -> set[int]:
    return set(Listing.objects.filter(product=product).values_list("place", flat=True))


def row(variant: Variant) -> Listing:
    return Listing.objects.get(product=variant.product_id, place=listings.EVERYTHING)


@pytest.mark.django_db
def test_a_product_is_listed_wherever_it_can_be_looked_for() -> None:
    shelf = CategoryFactory(parent=CategoryFactory())
    chile = AttributeValueFactory(name="Chile", parent=AttributeValueFactory(name="New World"))
    maipo = AttributeValueFactory(attribute__slug="region", name="Maipo", parent=chile)
    product = VariantFactory(product__category=shelf, product__values=[maipo]).product
    shelves = {listings.of_shelf(pk) for pk in (shelf.pk, shelf.parent_id)}
    values = {listings.of_value(value.pk) for value in (maipo, chile, chile.parent)}
    assert places(product) == {listings.EVERYTHING} | shelves | values


@pytest.mark.django_db
def test_prices_and_stock_are_listed_as_they_change() -> None:
    bottle = VariantFactory(price=Decimal(15), stock=2)
    case = VariantFactory(product=bottle.product, price=Decimal(80), stock=1)
    assert (row(bottle).price, row(bottle).in_stock) == (15, True)
    stock.reserve({bottle.pk: 2}, reference="A1")
    assert (row(bottle).price, row(bottle).in_stock) == (80, True)
    stock.reserve({case.pk: 1}, reference="A1")
    assert (row(bottle).price, row(bottle).in_stock) == (15, False)
    stock.release({bottle.pk: 2, case.pk: 1}, reference="A1")
    prices.set_price(bottle.pk, Decimal(12))
    assert (row(bottle).price, row(bottle).in_stock) == (12, True)


@pytest.mark.django_db
def test_stock_that_does_not_run_out_writes_no_listing(django_assert_num_queries: Any) -> None:
    variant = VariantFactory(stock=10)
    with django_assert_num_queries(2):  # the counters, the ledger
        stock.reserve({variant.pk: 2}, reference="A1")


@pytest.mark.django_db
def test_what_is_withdrawn_or_moved_leaves_its_lists() -> None:
    rioja = AttributeValueFactory(attribute__slug="region", name="Rioja")
    product = VariantFactory(product__values=[rioja]).product
    product.attribute_values.clear()
    search.index(Product.objects.filter(pk=product.pk))
    assert listings.of_value(rioja.pk) not in places(product)
    Product.objects.filter(pk=product.pk).update(published=False)
    search.index(Product.objects.filter(pk=product.pk))
    assert places(product) == set()


@pytest.mark.django_db
def test_the_sweep_lists_what_the_time_has_come_for(nudges: list[Any]) -> None:
    product = VariantFactory(product__published_from=timezone.now() + timedelta(hours=1)).product
    assert places(product) == set()
    tasks.sweep()
    assert not nudges
    Product.objects.filter(pk=product.pk).update(published_from=timezone.now() - timedelta(seconds=1))
    tasks.sweep()
    assert nudges == [("shop.tasks.list_anew",)]
    tasks.list_anew()
    assert listings.EVERYTHING in places(product)
    assert not listings.is_due()


@pytest.mark.django_db
def test_the_night_puts_right_what_was_written_past_the_shop() -> None:
    variant = VariantFactory(price=Decimal(10))
    Variant.objects.filter(pk=variant.pk).update(price=Decimal(99))
    Category.objects.filter(pk=variant.product.category_id).update(parent=CategoryFactory())
    listings.refresh_all()
    assert row(variant).price == 99
    assert len(places(variant.product)) == 3


@pytest.mark.django_db
def test_a_hidden_product_is_not_shown_though_it_is_listed(client: Client) -> None:
    seen, hidden, empty = VariantFactory(), VariantFactory(), VariantFactory()
    Product.objects.filter(pk=hidden.product_id).update(published=False)
    empty.delete()
    assert [card.pk for card in client.get("/?sort=name").context["page"]] == [seen.product_id]


@pytest.fixture
def long_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists of more than six products are long, and pages show two."""
    for module in (counts, scopes, counting, catalogue):
        monkeypatch.setattr(module, "LONG", 6)
    monkeypatch.setattr("shop.catalogue.facets.LONG", 6)
    monkeypatch.setattr(catalogue, "PAGE_SIZE", 2)


@pytest.fixture
def nine_wines(db: None) -> None:
    spain, chile = (AttributeValueFactory(name=name) for name in ("Spain", "Chile"))
    red = CategoryFactory(name="Red")
    for number in range(9):
        VariantFactory(
            product__name=f"Wine {number}",
            product__popularity=9 - number,
            product__category=red,
            product__values=[spain if number < 7 else chile],
            price=Decimal(10 + number),
            stock=0 if number == 8 else 5,
        )


def choices(response: Any) -> dict[str, str]:
    return {
        choice.name: f"{choice.count}{'+' if choice.is_least else ''}"
        for facet in response.context["facets"].attributes
        for choice in facet.choices
    }


@pytest.mark.usefixtures("nine_wines", "long_lists")
def test_a_long_list_that_nobody_counted_yet_says_the_least_that_there_are(client: Client) -> None:
    page = client.get("/?sort=name")
    assert choices(page) == {"Spain": "6+"} or choices(page) == {"Spain": "7+"}
    assert "2 of 6+ products" in " ".join(page.content.decode().split())
    assert (page.context["facets"].lowest, page.context["facets"].highest) == (10, 18)


@pytest.mark.usefixtures("nine_wines", "long_lists")
def test_a_worker_counts_long_lists(client: Client) -> None:
    tasks.count_lists()
    page = client.get("/?sort=name")
    assert choices(page) == {"Spain": "7", "Chile": "2"}
    assert page.context["facets"].in_stock == 8
    assert [(shelf.name, shelf.count) for shelf in page.context["shelves"]] == [("Red", 9)]
    assert "2 of 9 products" in " ".join(page.content.decode().split())


@pytest.mark.usefixtures("nine_wines", "long_lists")
def test_filters_of_a_long_list_are_counted_as_far_as_pages_go(client: Client) -> None:
    tasks.count_lists()
    page = client.get("/?in_stock=1")
    assert page.context["facets"].total == 6
    assert page.context["facets"].is_least
    assert choices(page)["Chile"] in {"0+", "1+"}  # there is one, beyond what was read
    few = client.get("/?country=chile")
    assert (few.context["facets"].total, few.context["facets"].is_least) == (2, False)
    assert choices(few) == {"Spain": "7", "Chile": "2"}
    both = client.get("/?country=chile&in_stock=1")
    assert both.context["facets"].total == 1


@pytest.mark.usefixtures("nine_wines", "long_lists")
def test_a_search_that_finds_more_says_so(client: Client) -> None:
    page = client.get("/search/?q=wine")
    assert (page.context["facets"].total, page.context["facets"].is_least) == (6, True)
    assert "of 6+ products" in " ".join(page.content.decode().split())
    assert "These are the first 6 products." in client.get("/search/?q=wine&page=99").content.decode()


@pytest.mark.usefixtures("nine_wines", "long_lists")
def test_choices_are_counted_in_the_first_of_what_goes_on(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts, "FEW", 3)
    assert choices(client.get("/search/?q=wine")) == {"Spain": "3+"}
    assert choices(client.get("/search/?q=wine&price_to=15")) == {"Spain": "6"}


@pytest.mark.usefixtures("nine_wines", "long_lists")
def test_pages_of_a_long_list_end_and_say_so(client: Client) -> None:
    tasks.count_lists()
    last = client.get("/?sort=name&page=99")
    assert last.context["page"].number == 3
    assert [card.name for card in last.context["page"]] == ["Wine 4", "Wine 5"]
    assert "These are the first 6 products." in last.content.decode()
    assert "These are the first" not in client.get("/?sort=name&page=2").content.decode()


@pytest.mark.usefixtures("nine_wines", "long_lists")
def test_counting_again_follows_changes_and_is_spared_without_any() -> None:
    assert listings.count_long_lists() == 3  # everything, the shelf, Spain
    assert listings.count_long_lists() == 0
    Product.objects.filter(name="Wine 0").delete()
    assert listings.count_long_lists() == 0  # too soon
    CountedList.objects.update(counted_at=timezone.now() - timedelta(hours=1), seconds=0)
    assert listings.count_long_lists() == 2
    assert not CountedList.objects.filter(products__lt=7).exists()  # Spain is short now


@pytest.mark.needs("postgres")
class TestAtOnce:
    pytestmark = pytest.mark.django_db(transaction=True)

    def test_nobody_waits_for_a_product_that_is_being_changed_and_a_worker_lists_it(self) -> None:
        variant = VariantFactory(stock=1)

        def sold() -> None:
            stock.reserve({variant.pk: 1}, reference="A1")

        with transaction.atomic():
            Product.objects.select_for_update().get(pk=variant.product_id)
            run_together([sold], connections=1)
            assert row(variant).in_stock
            assert DueListing.objects.get().product_id == variant.product_id
        tasks.list_anew()
        assert not row(variant).in_stock
        assert not DueListing.objects.exists()

    def test_two_variants_that_sell_out_together_leave_no_false_listing(self) -> None:
        one = VariantFactory(stock=1)
        two = VariantFactory(product=one.product, stock=1)
        for _round in range(10):
            results = run_together(
                [partial(stock.reserve, {pk: 1}, reference=f"A{pk}") for pk in (one.pk, two.pk)], connections=2
            )
            assert results == [None, None]
            tasks.list_anew()
            assert not row(one).in_stock
            for pk in (one.pk, two.pk):
                stock.release({pk: 1}, reference=f"A{pk}")
            tasks.list_anew()

    def test_a_page_of_a_list_is_read_by_an_index(self) -> None:
        VariantFactory()
        rows = catalogue.Scope().rows(catalogue.Filters())
        for order in (order for _label, order in catalogue.SORTS.values()):
            with connection.cursor() as cursor:
                cursor.execute("SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off")
                cursor.execute(f"EXPLAIN SELECT product_id FROM {rows} ORDER BY {order} LIMIT 12")
                plan = str(cursor.fetchall())
                cursor.execute("RESET ALL")
            assert "listing_" in plan
            assert "Sort" not in plan


def test_the_migration_and_the_shop_list_alike() -> None:
    migration = __import__("importlib").import_module("shop.migrations.0009_list_what_is_there")
    shared = writing.WANTED[writing.WANTED.index("GROUP BY product.id") :].strip()
    assert shared in migration.LIST


def first_counts() -> list[int]:
    return [row.products for row in counts.read(catalogue.Scope(), catalogue.Filters()).rows if row.facet == "*total"]


@pytest.mark.needs("postgres")
class TestKeptCounts:
    """What was counted of a whole list is read by whoever comes next, in whichever process."""

    pytestmark = pytest.mark.django_db(transaction=True)

    def test_the_second_reads_what_the_first_counted(self, django_assert_num_queries: Any) -> None:
        VariantFactory()
        with django_assert_num_queries(2):
            assert first_counts() == [1]
        with django_assert_num_queries(1):
            assert first_counts() == [1]

    def test_whatever_pages_show_makes_it_stale(self) -> None:
        variant = VariantFactory(price=Decimal(10), stock=1)
        facets = partial(catalogue.count, catalogue.Scope(), catalogue.Filters())
        assert facets().in_stock == 1
        stock.reserve({variant.pk: 1}, reference="A1")
        assert facets().in_stock == 0
        prices.set_price(variant.pk, Decimal(12))
        assert facets().lowest == 12
        VariantFactory(product__values=[AttributeValueFactory(name="Spain")])
        AttributeValue.objects.update(name="Chile")
        assert [choice.name for facet in facets().attributes for choice in facet.choices] == ["Chile"]

    def test_in_a_transaction_it_is_counted_and_nobody_waits_for_its_end(self) -> None:
        VariantFactory()
        with transaction.atomic():
            VariantFactory()
            assert first_counts() == [2]
            assert run_together([first_counts], connections=1) == [[1]]
        assert first_counts() == [2]

    def test_while_products_come_it_is_never_behind(self) -> None:
        spain = AttributeValueFactory(name="Spain")
        place = listings.of_value(spain.pk)

        def counted() -> int:
            return counts.read(catalogue.Scope(place), catalogue.Filters()).number("*total", 0) or 0

        def add_and_look() -> bool:
            VariantFactory(product__values=[spain])
            least = Listing.objects.filter(place=place).count()  # others add to it at the same time
            return counted() >= least

        assert run_together([add_and_look] * 40, connections=most_connections(4)) == [True] * 40
        assert counted() == 40

    def test_what_time_alone_changes_is_counted_after_a_while(self) -> None:
        VariantFactory()
        assert first_counts() == [1]
        KeptCounts.objects.update(rows="[]")  # as if it were so
        assert first_counts() == []
        KeptCounts.objects.update(at=timezone.now() - timedelta(seconds=61))
        assert first_counts() == [1]

    def test_what_nobody_reads_any_more_is_removed(self) -> None:
        VariantFactory()
        first_counts()
        tasks.sweep()
        assert KeptCounts.objects.count() == 1
        KeptCounts.objects.update(at=timezone.now() - timedelta(seconds=61))
        tasks.sweep()
        assert not KeptCounts.objects.exists()
