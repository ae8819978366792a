"""What staff do to the catalogue, and what the admin does not let them do."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from shop import prices, search, stock
from shop.models import PriceChange, Product, StockMovement, Variant
from tests.factories import AttributeValueFactory, CategoryFactory, VariantFactory

pytestmark = pytest.mark.django_db


def product_form(product: Product | None = None, **changes: Any) -> dict[str, Any]:
    """What a browser posts: the product with its variants, changed as asked; row 0 is the first or a new variant."""
    variants = list(product.variants.all()) if product else []
    data: dict[str, Any] = {
        "name": product.name if product else "New Wine",
        "slug": product.slug if product else "new-wine",
        "category": product.category_id if product else CategoryFactory(name="Red").pk,
        "published": "on",
        "tax_class": product.tax_class if product else "standard",
        "attribute_values": [value.pk for value in product.attribute_values.all()] if product else [],
        "variants-TOTAL_FORMS": max(len(variants), 1),
        "variants-INITIAL_FORMS": len(variants),
        "images-TOTAL_FORMS": 0,
        "images-INITIAL_FORMS": 0,
    }
    for row, variant in enumerate(variants or [Variant(sku="NEW-1", label="75 cl", price=Decimal("9.90"), volume=750)]):
        for field in ("sku", "label", "price", "weight", "volume", "position"):
            data[f"variants-{row}-{field}"] = getattr(variant, field)
        if variant.pk:
            data |= {f"variants-{row}-id": variant.pk, f"variants-{row}-product": variant.product_id}
    return data | {key.replace("row0_", "variants-0-"): value for key, value in changes.items()}


def change_url(product: Product) -> str:
    return reverse("admin:shop_product_change", args=[product.pk])


def test_adding_a_product_notes_its_author_its_first_price_and_its_words(
    admin_client: Client, admin_user: User
) -> None:
    response = admin_client.post(reverse("admin:shop_product_add"), product_form(row0_adjust_by=12))
    assert response.status_code == 302, response.context["errors"]
    product = Product.objects.get()
    variant = product.variants.get()
    assert product.created_by == admin_user
    assert [change.price for change in variant.price_changes.all()] == [Decimal("9.90")]
    assert variant.on_hand == 12
    assert product.search_text.split("\n")[0] == " new wine"


@pytest.mark.parametrize(
    ("field", "name", "signs"),
    [("name", "Rosé 🌸🌸", "🌸"), ("row0_label", "ขวด", "ขวด"), ("row0_sku", "GV-🍷", "🍷")],
)
def test_what_invoices_would_print_as_boxes_is_refused_by_name(
    admin_client: Client, field: str, name: str, signs: str
) -> None:
    response = admin_client.post(reverse("admin:shop_product_add"), product_form(None, **{field: name}))
    assert response.status_code == 200
    assert f"cannot print “{signs}”" in response.content.decode()
    assert not Product.objects.exists()


@pytest.mark.parametrize("name", ["Château Öküzgözü", "Саперави № 5", "Ξινόμαυρο", "日本酒「山廃」", "막걸리", "½ l"])
def test_names_in_the_scripts_that_papers_print_are_taken(admin_client: Client, name: str) -> None:
    assert admin_client.post(reverse("admin:shop_product_add"), product_form(name=name)).status_code == 302
    assert Product.objects.get().name == name


def test_a_changed_price_is_recorded_once(admin_client: Client) -> None:
    variant = VariantFactory(price=Decimal("12.00"))
    form = product_form(variant.product, row0_price="13.50")
    for _time in range(2):
        assert admin_client.post(change_url(variant.product), form).status_code == 302
    variant.refresh_from_db()
    assert variant.price == Decimal("13.50")
    assert [change.price for change in variant.price_changes.all()] == [Decimal("13.50")]


def test_a_price_that_cannot_be_charged_is_refused(admin_client: Client) -> None:
    variant = VariantFactory(price=Decimal("12.00"))
    response = admin_client.post(change_url(variant.product), product_form(variant.product, row0_price="12.345"))
    assert response.status_code == 200
    assert "cannot be charged" in response.content.decode()
    variant.refresh_from_db()
    assert variant.price == Decimal("12.00")


def test_adjusting_stock_goes_through_the_ledger(admin_client: Client) -> None:
    variant = VariantFactory(stock=10)
    form = product_form(variant.product, row0_adjust_by=-3, row0_reason="broken", row0_on_hand=500)
    assert admin_client.post(change_url(variant.product), form).status_code == 302
    variant.refresh_from_db()
    movement = variant.stock_movements.first()
    assert variant.on_hand == 7
    assert (movement.on_hand, movement.reference, movement.actor) == (-3, "broken", "admin")


@pytest.mark.parametrize("units", ["99999999999999999999", "3000000000", "1000001", "-1000001"])
def test_an_adjustment_that_no_shelf_could_hold_is_refused(admin_client: Client, units: str) -> None:
    variant = VariantFactory(stock=10)
    response = admin_client.post(change_url(variant.product), product_form(variant.product, row0_adjust_by=units))
    assert response.status_code == 200
    assert "1000000" in response.content.decode()
    variant.refresh_from_db()
    assert variant.on_hand == 10


def test_a_variant_is_a_block_of_short_rows_not_one_row_wider_than_the_screen(admin_client: Client) -> None:
    page = admin_client.get(change_url(VariantFactory().product)).content.decode()
    block = page.split('id="variants-group"')[1].split('id="images-group"')[0]
    assert "<table" not in block
    assert all(len(re.findall('type="(?:text|number)"', row)) <= 3 for row in block.split('class="form-row')[1:])


def test_promised_units_cannot_be_taken_away(admin_client: Client) -> None:
    variant = VariantFactory(stock=10)
    stock.reserve({variant.pk: 8}, reference="A1")
    response = admin_client.post(change_url(variant.product), product_form(variant.product, row0_adjust_by=-3))
    assert response.status_code == 200
    assert "promised" in response.content.decode()
    variant.refresh_from_db()
    assert variant.on_hand == 10


def test_an_order_that_comes_while_the_form_is_saved_keeps_its_units(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    variant = VariantFactory(stock=10)
    original = Variant.save

    def order_first(self: Variant, **kwargs: Any) -> None:
        stock.reserve({variant.pk: 9}, reference="A1")
        original(self, **kwargs)

    monkeypatch.setattr(Variant, "save", order_first)
    form = product_form(variant.product, row0_adjust_by=-3, row0_label="0.75 l")
    response = admin_client.post(change_url(variant.product), form, follow=True)
    assert "was not adjusted" in response.content.decode()
    variant.refresh_from_db()
    assert (variant.label, variant.on_hand, variant.reserved) == ("0.75 l", 10, 9)


def test_a_renamed_value_is_found_under_its_new_name(admin_client: Client) -> None:
    value = AttributeValueFactory(attribute__slug="grape", name="Shiraz")
    product = VariantFactory(product__values=[value]).product
    data = {"attribute": value.attribute_id, "name": "Syrah", "slug": "syrah", "position": 0}
    response = admin_client.post(reverse("admin:shop_attributevalue_change", args=[value.pk]), data)
    assert response.status_code == 302
    assert search.find("syrah") == (product.pk,)


def test_the_ledger_is_read_only(admin_client: Client) -> None:
    VariantFactory(stock=10)
    movement = StockMovement.objects.get()
    assert admin_client.get(reverse("admin:shop_stockmovement_changelist")).status_code == 200
    assert admin_client.get(reverse("admin:shop_stockmovement_add")).status_code == 403
    url = reverse("admin:shop_stockmovement_change", args=[movement.pk])
    assert admin_client.post(url, {"on_hand": 500}).status_code == 403
    assert admin_client.post(reverse("admin:shop_stockmovement_delete", args=[movement.pk])).status_code == 403


def test_the_stock_ledger_says_who_in_the_readers_language(admin_client: Client) -> None:
    variant = VariantFactory(stock=10)
    stock.reserve({variant.pk: 1}, reference="R1", actor="shopper")
    movement = StockMovement.objects.get(kind="reserve")
    for url in ("/admin/shop/stockmovement/", f"/admin/shop/stockmovement/{movement.pk}/change/"):
        page = admin_client.get(url, headers={"accept-language": "ru"}).content.decode()
        assert "покупатель" in page
        assert "shopper" not in page


def test_staff_see_the_prices_that_a_variant_had_and_cannot_rewrite_them(admin_client: Client) -> None:
    variant, other = VariantFactory(), VariantFactory()
    for price in ("12.00", "11.00"):
        prices.set_price(variant.pk, Decimal(price))
    prices.set_price(other.pk, Decimal("99.00"))
    page = admin_client.get(change_url(variant.product)).content.decode()
    links = re.findall(r'<a href="(/admin/shop/(?:pricechange|stockmovement)/\?[^"]+)"', page)
    assert len(links) == 2
    history = admin_client.get(links[0]).content.decode()
    assert history.index("€11.00") < history.index("€12.00")
    assert "€99.00" not in history
    assert "delivery" in admin_client.get(links[1]).content.decode()
    change = variant.price_changes.first()
    url = reverse("admin:shop_pricechange_change", args=[change.pk])
    assert admin_client.post(url, {"price": "1"}).status_code == 403


def test_staff_see_what_shoppers_see_as_reduced(admin_client: Client) -> None:
    variant = VariantFactory()
    prices.set_price(variant.pk, Decimal("12.00"))
    PriceChange.objects.update(at=timezone.now() - timedelta(days=40))
    prices.set_price(variant.pk, Decimal("9.00"))
    assert "shown as reduced from €12.00" in admin_client.get(change_url(variant.product)).content.decode()


def test_limits_are_kept_on_the_variant(admin_client: Client) -> None:
    variant = VariantFactory()
    form = product_form(variant.product, row0_maximum_per_order=6, row0_low_stock_mark=24)
    assert admin_client.post(change_url(variant.product), form).status_code == 302
    variant.refresh_from_db()
    assert (variant.maximum_per_order, variant.low_stock_mark) == (6, 24)
    none = product_form(variant.product, row0_maximum_per_order=0)
    assert admin_client.post(change_url(variant.product), none).status_code == 200


def test_a_product_that_was_never_sold_can_be_deleted_with_its_ledger(admin_client: Client) -> None:
    variant = VariantFactory(stock=10)
    prices.set_price(variant.pk, Decimal("9.90"))
    product = variant.product
    url = reverse("admin:shop_product_delete", args=[product.pk])
    assert admin_client.post(url, {"post": "yes"}).status_code == 302
    assert not Product.objects.exists()


def test_the_list_shows_price_and_stock_in_a_fixed_number_of_queries(
    admin_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    url = reverse("admin:shop_product_changelist")
    VariantFactory(price=Decimal("12.00"), stock=4)
    with django_assert_max_num_queries(12) as few:
        html = admin_client.get(url, {"q": "wine"}).content.decode()
    assert "€12.00" in html
    for _number in range(20):
        VariantFactory()
    with django_assert_max_num_queries(12) as many:
        admin_client.get(url, {"q": "wine"})
    assert len(many) == len(few)


def test_every_form_opens(admin_client: Client) -> None:
    variant = VariantFactory(product__values=[AttributeValueFactory()])
    assert admin_client.get(change_url(variant.product)).status_code == 200
    for model in ("product", "category", "attribute", "attributevalue"):
        assert admin_client.get(reverse(f"admin:shop_{model}_add")).status_code == 200
        assert admin_client.get(reverse(f"admin:shop_{model}_changelist"), {"q": "x"}).status_code == 200
