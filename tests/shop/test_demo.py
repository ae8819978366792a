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

from shop import demo, prices, profile, stock
from shop.demo import loading, pictures
from shop.demo.looks import bottle_of
from shop.demo.wines import wines, world_of
from shop.models import (
    Attribute,
    AttributeValue,
    Category,
    LegalPage,
    PriceChange,
    Product,
    ProductImage,
    ShopProfile,
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
    """Runs load_demo with the pictures of one bottle for all wines: drawing each takes a fifth of a second."""
    picture = pictures.draw_bottle(bottle_of(wines()[0]))
    monkeypatch.setattr(loading, "draw_bottle", lambda _bottle: picture)

    def run() -> str:
        out = StringIO()
        call_command("load_demo", stdout=out)
        return out.getvalue()

    return run


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo is eight wines: loading all takes seconds."""
    chosen = [wine for wine in wines() if wine.code in {"R01", "R05", "W01", "W05", "P01", "S01", "F01", "F09"}]
    monkeypatch.setattr(loading, "wines", lambda: chosen)


def counts() -> dict[str, int]:
    return {model.__name__: model.objects.count() for model in COUNTED}


def test_loading_makes_a_shop_with_everything_in_it(load: Callable[[], str], client: Client, media: Path) -> None:
    assert load() == "150 demo products loaded.\n"
    assert Category.objects.count() == 5
    assert Product.objects.filter(published=False).count() == 1
    assert not Variant.objects.filter(cost=None).exists()
    assert not Product.objects.exclude(variants__label="case of 6").exists()
    assert Product.objects.annotate(units=Sum("variants__available")).filter(units=0).exists()
    assert Variant.objects.filter(available__range=(1, 3)).exists()
    assert Variant.objects.count() == 300
    assert PriceChange.objects.count() == 300 + 4  # a few were reduced
    reduced = [variant for variant in Variant.objects.exclude(prior_price=None) if variant.is_reduced]
    assert len(reduced) == 4
    assert all(prices.prior_price(list(variant.price_changes.all())) == variant.prior_price for variant in reduced)
    assert len(list(media.glob("products/*.webp"))) == 300
    assert client.get("/country/new-world/").context["page"].paginator.count > 10
    for path in ("/", "/?page=3", "/category/sweet-fortified/", "/region/maipo/", "/search/?q=rosé+provence"):
        assert len(client.get(path).context["page"]) > 0, path
    assert client.get(Product.objects.published().earliest("pk").get_absolute_url()).status_code == 200


@pytest.mark.usefixtures("few")
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


@pytest.mark.usefixtures("few")
def test_an_interrupted_load_is_finished_by_the_next(load: Callable[[], str]) -> None:
    load()
    Product.objects.filter(variants__sku__in=["DEMO-R01-1", "DEMO-S01-1"]).delete()
    assert load() == "2 demo products loaded.\n"
    assert Product.objects.count() == 8


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("few")
def test_removing_leaves_only_what_was_not_the_demos(load: Callable[[], str], media: Path) -> None:
    load()
    red = Category.objects.get(slug="red")
    own = VariantFactory(product__category=red, product__values=[AttributeValue.objects.get(slug="maipo")]).product
    CategoryFactory(name="Empty but ours")
    assert demo.remove() == 8
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
    drawn = pictures.draw_bottle(first)
    assert drawn == pictures.draw_bottle(first)
    assert drawn[0] != pictures.draw_bottle(other)[0]
    assert drawn[0] != drawn[1]
    for picture in drawn:
        image = Image.open(BytesIO(picture))
        assert (image.format, image.size) == ("WEBP", (600, 750))
        assert len(picture) < 30_000


@pytest.mark.usefixtures("few")
def test_the_example_of_a_business_fills_every_page_and_gives_way_to_a_real_one(
    load: Callable[[], str], client: Client
) -> None:
    load()
    assert not profile.lacking()
    for kind in LegalPage.Kind:
        assert client.get(f"/pages/{kind}/").status_code == 200
    ShopProfile.objects.update(legal_name="Real Wines")
    LegalPage.objects.filter(kind="terms").update(text="Ours")
    demo.remove()
    load()
    assert ShopProfile.objects.get().legal_name == "Real Wines"
    assert LegalPage.objects.get(kind="terms").text == "Ours"


def test_every_region_has_a_country_and_every_country_a_place_in_the_world() -> None:
    assert len(wines()) == 150
    assert all(world_of(wine.country) for wine in wines())
