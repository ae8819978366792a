"""A price is called reduced as the law has it: by the lowest of the 30 days before (Directive 98/6/EC, Art. 6a)."""

import ast
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from shop import prices
from shop.models import Variant
from tests.factories import VariantFactory

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
Clock = Callable[[float], None]


@pytest.fixture
def on_day(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Makes it so many days after a first one."""
    first = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
    return lambda day: monkeypatch.setattr(timezone, "now", lambda: first + timedelta(days=day))


# Name, prices by the day they were set, the prior price that may be shown on the last of these days.
HISTORIES = [
    ("never changed", {0: 12}, None),
    ("raised", {0: 12, 40: 13}, None),
    ("reduced", {0: 12, 40: 10}, 12),
    ("raised shortly before, and above the old price still", {0: 10, 35: 15, 40: 12}, None),
    ("raised shortly before, and below the old price", {0: 10, 35: 15, 40: 9}, 10),
    ("cheaper within the 30 days, from before them", {0: 12, 5: 9, 20: 14, 40: 11}, None),
    ("cheaper until the 30 days began", {0: 9, 10: 14, 40: 11}, 14),
    ("cheaper long before", {0: 9, 2: 14, 40: 11}, 14),
    ("younger than 30 days", {0: 12, 10: 10}, 12),
    ("a first price that was a slip", {0: 120, 0.1: 12}, None),
    ("a slip upwards", {0: 12, 40: 120, 40.1: 12}, None),
    ("a slip downwards was offered too", {0: 12, 40: 1, 40.1: 12, 41: 10}, None),
    ("several changes on one day", {0: 12, 40: 11, 40.1: 13, 40.2: 10}, 11),
    ("progressive", {0: 20, 40: 18, 50: 15, 60: 14}, 20),
    ("progressive, with a raise between", {0: 20, 40: 15, 45: 18, 50: 16}, None),
    ("cut again when the first cut had become usual", {0: 20, 40: 18, 70: 15}, 18),
    ("back up", {0: 20, 40: 15, 45: 20}, None),
    ("partly back up", {0: 20, 40: 15, 45: 18}, None),
    ("given away", {0: 12, 40: 0}, 12),
]


@pytest.mark.parametrize(("history", "prior"), [case[1:] for case in HISTORIES], ids=[case[0] for case in HISTORIES])
def test_the_prior_price_is_the_lowest_of_the_thirty_days_before(
    on_day: Clock, history: dict[float, int], prior: int | None
) -> None:
    variant = VariantFactory()
    for day, price in history.items():
        on_day(day)
        prices.set_price(variant.pk, Decimal(price))
    variant.refresh_from_db()
    assert variant.is_reduced == (prior is not None)
    assert variant.prior_price == prior


def test_a_reduced_price_becomes_the_usual_one(on_day: Clock) -> None:
    variant = reduced(on_day)
    on_day(69.9)
    assert variant.is_reduced
    on_day(70)
    assert not variant.is_reduced


@pytest.mark.parametrize(
    ("prior", "price", "percent"), [("12.00", "9.90", 17), ("10.00", "9.00", 10), ("10", "9.99", 0), ("3", "2", 33)]
)
def test_the_percentage_is_never_more_than_the_reduction(prior: str, price: str, percent: int) -> None:
    assert Variant(prior_price=Decimal(prior), price=Decimal(price)).percent_off == percent


def reduced(on_day: Clock) -> Variant:
    """A variant that cost 12.00 for 40 days, and 9.90 from that day on."""
    variant = VariantFactory(price=Decimal("12.00"), product__name="Old Oak")
    for day, price in ((0, "12.00"), (40, "9.90")):
        on_day(day)
        prices.set_price(variant.pk, Decimal(price))
    variant.refresh_from_db()
    return variant


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_card_and_page_name_the_prior_price_and_structured_data_the_present_one(client: Client, on_day: Clock) -> None:
    variant = reduced(on_day)
    page = client.get(variant.product.get_absolute_url()).content.decode()
    for html in (client.get("/").content.decode(), page):
        assert "€9.90" in words(html)
        assert "Lowest price of the last 30 days: €12.00" in words(html)
        assert "−17%" in words(html)
    data = json.loads(page.split('<script type="application/ld+json">')[1].split("</script>")[0])
    assert data["@graph"][0]["offers"][0]["price"] == "9.90"


def test_a_price_that_is_not_reduced_says_nothing_of_the_last_thirty_days(client: Client, on_day: Clock) -> None:
    variant = reduced(on_day)
    on_day(71)
    for path in ("/", variant.product.get_absolute_url()):
        html = words(client.get(path).content.decode())
        assert "€9.90" in html
        assert "Lowest price" not in html
        assert "−17%" not in html


def price_writes(tree: ast.AST) -> list[int]:
    """Lines that write a price to rows that are there, or to the history."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and (
            (node.func.attr == "update" and any(keyword.arg == "price" for keyword in node.keywords))
            or (node.func.attr == "bulk_update" and "'price'" in ast.unparse(node))
            or ast.unparse(node.func).startswith(("PriceChange.objects.create", "PriceChange.objects.bulk_create"))
        )
    ]


def test_only_the_price_room_writes_prices() -> None:
    assert price_writes(ast.parse("Variant.objects.filter(pk=1).update(price=1)\nPriceChange.objects.create(price=1)"))
    writers = {
        str(path.relative_to(ROOT))
        for path in ROOT.glob("[!.]*/**/*.py")
        if path.relative_to(ROOT).parts[0] in {"shop", "cart", "orders", "payment", "backoffice"}
        and price_writes(ast.parse(path.read_text()))
    }
    assert writers == {"shop/prices.py"}
