"""Which products a search names first, and what it makes of a typing mistake."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from shop import search
from shop.models import MissedSearch, Product, SearchWord
from shop.search import missed
from shop.search.index import forget_words
from shop.search.spelling import mistakes
from tests.factories import AttributeFactory, AttributeValueFactory, VariantFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def cellar() -> None:
    for slug, weight in {"producer": "B", "grape": "C", "region": "D"}.items():
        AttributeFactory(slug=slug, search_weight=weight)
    named = {
        "By region": AttributeValueFactory(attribute__slug="region", name="Chablis"),
        "By grape": AttributeValueFactory(attribute__slug="grape", name="Chablis"),
        "By producer": AttributeValueFactory(attribute__slug="producer", name="Domaine Chablis"),
    }
    for name, value in named.items():
        VariantFactory(product__name=name, product__values=[value])
    VariantFactory(product__name="Chablis by name")
    VariantFactory(product__name="Something else")


def found(query: str) -> list[str]:
    return [Product.objects.get(pk=pk).name for pk in search.find(query)]


@pytest.mark.usefixtures("cellar")
@pytest.mark.parametrize("query", ["chablis", "CHABLÍS", "chab"])
def test_a_name_counts_more_than_a_producer_a_grape_and_a_region(query: str) -> None:
    assert found(query) == ["Chablis by name", "By producer", "By grape", "By region"]


@pytest.mark.usefixtures("cellar")
def test_only_beginnings_of_words_count() -> None:
    assert found("ablis") == []


@pytest.mark.usefixtures("cellar")
@pytest.mark.parametrize("typed", ["chablsi", "chabis", "chabliss", "chavlis", "hcablis", "domane chablsi"])
def test_one_mistake_a_word_is_put_right(typed: str) -> None:
    assert search.corrected(typed).endswith("chablis")
    assert found(search.corrected(typed))


@pytest.mark.usefixtures("cellar")
@pytest.mark.parametrize("typed", ["chablis", "chab", "", "ch", "xyzzyxyzzy", "%", "'"])
def test_right_short_and_hopeless_words_stay_as_they_are(typed: str) -> None:
    assert search.corrected(typed) == ""


@pytest.mark.parametrize(
    ("one", "other", "number"),
    [("merlot", "merlot", 0), ("melrot", "merlot", 1), ("merlo", "merlot", 1), ("merrlot", "merlot", 1), ("a", "b", 1)],
)
def test_a_swap_is_one_mistake(one: str, other: str, number: int) -> None:
    assert mistakes(one, other) == mistakes(other, one) == number


@pytest.mark.needs("postgres")
@pytest.mark.usefixtures("cellar")
def test_postgres_finds_words_by_its_index() -> None:
    with CaptureQueriesContext(connection) as queries:
        search.find("chab")
    with connection.cursor() as cursor:
        for way in ("seqscan", "indexscan", "nestloop"):  # what is left is by the words, however few rows there are
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute(f"EXPLAIN {queries[0]['sql']}")
        plan = str(cursor.fetchall())
    assert "product_search_words" in plan


@pytest.mark.usefixtures("cellar")
def test_words_that_no_product_has_any_more_are_forgotten() -> None:
    Product.objects.filter(name="Something else").delete()
    before = set(SearchWord.objects.values_list("word", flat=True))
    assert forget_words() == len({"something", "else"}) + 1  # and the number of its shelf
    assert forget_words() == 0
    after = set(SearchWord.objects.values_list("word", flat=True))
    assert {"something", "else"} <= before - after
    assert "chablis" in after


def test_a_search_in_vain_is_counted_and_a_later_one_with_it(client: Client) -> None:
    for typed in ("Ice Cream", "ice  cream!"):
        assert client.get("/search/", {"q": typed}).status_code == 200
    assert MissedSearch.objects.get(term="ice cream").times == 2


@pytest.mark.usefixtures("cellar")
@pytest.mark.parametrize("typed", ["chablis", "chablsi", "", "jo@example.com", "0171 234 5678", "https://example.com"])
def test_what_was_found_or_may_be_personal_is_not_counted(client: Client, typed: str) -> None:
    client.get("/search/", {"q": typed})
    assert not MissedSearch.objects.exists()


def test_counted_terms_are_bounded_and_the_rarest_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(missed, "MOST_TERMS", 2)
    for typed in ("one", "one", "two", "three"):
        search.note_missed(typed)
    assert set(MissedSearch.objects.values_list("term", "times")) == {("one", 2), ("three", 1)}
