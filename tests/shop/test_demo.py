"""The demo catalogue: loaded once, never over what staff changed, and removed without a trace."""

from collections.abc import Callable
from decimal import Decimal
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db.models import Sum
from django.test import Client
from PIL import Image

from shop import demo, prices, stock
from shop.demo import loading, pictures
from shop.demo.looks import bottle_of
from shop.demo.wines import wines
from shop.models import (
    Attribute,
    AttributeValue,
    Category,
    PriceChange,
    Product,
    ProductImage,
    StockMovement,
    Variant,
)
from tests.factories import CategoryFactory, VariantFactory

COUNTED = (Category, Attribute, AttributeValue, Product, Variant, PriceChange, ProductImage, StockMovement)


@pytest.fixture
def media(settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = str(tmp_path)
    return tmp_path


@pytest.fixture
def load(db: None, media: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """Runs load_demo with one picture for all wines: drawing each takes a fifth of a second."""
    picture = pictures.draw_bottle(bottle_of(wines()[0]))
    monkeypatch.setattr(loading, "draw_bottle", lambda _bottle: picture)

    def run() -> str:
        out = StringIO()
        call_command("load_demo", stdout=out)
        return out.getvalue()

    return run


def counts() -> dict[str, int]:
    return {model.__name__: model.objects.count() for model in COUNTED}


def test_loading_makes_a_shop_with_everything_in_it(load: Callable[[], str], client: Client, media: Path) -> None:
    assert load() == "61 demo products loaded.\n"
    assert Category.objects.count() == 5
    assert Product.objects.filter(published=False).count() == 1
    assert not Variant.objects.filter(cost=None).exists()
    assert not Product.objects.exclude(variants__label="case of 6").exists()
    assert Product.objects.annotate(units=Sum("variants__available")).filter(units=0).exists()
    assert Variant.objects.filter(available__range=(1, 3)).exists()
    assert Variant.objects.count() == 122
    assert PriceChange.objects.count() == 122 + 4  # a few were reduced
    assert len(list(media.glob("products/*.webp"))) == 61
    assert client.get("/country/new-world/").context["page"].paginator.count > 10
    for path in ("/", "/?page=3", "/category/sweet-fortified/", "/region/maipo/", "/search/?q=rosé+provence"):
        assert len(client.get(path).context["page"]) > 0, path
    assert client.get(Product.objects.published().earliest("pk").get_absolute_url()).status_code == 200


def test_loading_again_changes_nothing(load: Callable[[], str]) -> None:
    load()
    variant = Variant.objects.get(sku="DEMO-R01-1")
    prices.set_price(variant.pk, Decimal("99.00"))
    stock.adjust(variant.pk, -60, reference="party")
    before = counts()
    assert load() == "The demo catalogue is already there.\n"
    assert counts() == before
    variant.refresh_from_db()
    assert (variant.price, variant.on_hand) == (Decimal("99.00"), 4)


def test_an_interrupted_load_is_finished_by_the_next(load: Callable[[], str]) -> None:
    load()
    Product.objects.filter(variants__sku__in=["DEMO-R01-1", "DEMO-S01-1"]).delete()
    assert load() == "2 demo products loaded.\n"
    assert Product.objects.count() == 61


@pytest.mark.django_db(transaction=True)
def test_removing_leaves_only_what_was_not_the_demos(load: Callable[[], str], media: Path) -> None:
    load()
    red = Category.objects.get(slug="red")
    own = VariantFactory(product__category=red, product__values=[AttributeValue.objects.get(slug="maipo")]).product
    CategoryFactory(name="Empty but ours")
    assert demo.remove() == 61
    assert Product.objects.get() == own
    assert set(Category.objects.values_list("name", flat=True)) == {"Red", "Empty but ours"}
    assert set(AttributeValue.objects.values_list("name", flat=True)) == {"Maipo", "Chile", "New World"}
    assert set(Attribute.objects.values_list("slug", flat=True)) == {"country", "region"}
    assert list(media.glob("products/*")) == []
    assert demo.remove() == 0


def test_a_case_is_a_little_cheaper_than_its_bottles() -> None:
    for wine in wines():
        bottle, case = wine.units
        assert Decimal("0.9") < case.price / (6 * bottle.price) < 1, wine.name


def test_codes_and_addresses_are_unique() -> None:
    assert len({wine.code for wine in wines()}) == len({wine.slug for wine in wines()}) == len(wines())


def test_the_same_wine_gets_the_same_picture() -> None:
    first, other = (bottle_of(wine) for wine in wines()[:2])
    picture = pictures.draw_bottle(first)
    assert picture == pictures.draw_bottle(first)
    assert picture != pictures.draw_bottle(other)
    image = Image.open(BytesIO(picture))
    assert (image.format, image.size) == ("WEBP", (600, 750))
    assert len(picture) < 60_000


def test_a_few_bottles_are_reduced_as_the_law_has_it(load: Callable[[], str]) -> None:
    load()
    reduced = [variant for variant in Variant.objects.exclude(prior_price=None) if variant.is_reduced]
    assert len(reduced) == 4
    assert all(prices.prior_price(list(variant.price_changes.all())) == variant.prior_price for variant in reduced)
