"""Prices and stock of many variants at once: previewed, then all of it or nothing; and copies of products."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse

from shop import bulk, prices, stock
from shop.duplicating import duplicate
from shop.models import Product, ProductImage, Variant
from tests.factories import AttributeValueFactory, VariantFactory
from tests.shop.test_admin import change_url, product_form
from tests.shop.test_pictures import drawn
from tests.staff import sign_in

pytestmark = pytest.mark.django_db
LIST = "admin:shop_product_changelist"
PAGE = "admin:shop_product_bulk"


@pytest.fixture
def pair() -> list[Variant]:
    return [VariantFactory(sku="A", price=Decimal("12.00"), stock=4), VariantFactory(sku="B", price=Decimal("0.05"))]


def ask(client: Client, variants: list[Variant], step: str, **form: Any) -> Any:
    products = ",".join(str(variant.product_id) for variant in variants)
    return client.post(reverse(PAGE), {"products": products, "rule": "keep", step: "1"} | form)


def state(variants: list[Variant]) -> list[tuple[str, int]]:
    for variant in variants:
        variant.refresh_from_db()
    return [(f"{variant.price:.2f}", variant.on_hand) for variant in variants]


def test_an_action_of_the_list_leads_to_the_page(admin_client: Client, pair: list[Variant]) -> None:
    chosen = [variant.product_id for variant in pair]
    response = admin_client.post(reverse(LIST), {"action": "change_prices_and_stock", "_selected_action": chosen})
    html = response.content.decode()
    assert "€12.00" in html
    assert "Change as shown" not in html
    assert admin_client.get(reverse(PAGE)).status_code == 302


@pytest.mark.parametrize(
    ("rule", "number", "after"),
    [
        ("percent", "-10", ["10.80", "0.05"]),
        ("amount", "1.50", ["13.50", "1.55"]),
        ("set", "9.90", ["9.90", "9.90"]),
        ("keep", "", ["12.00", "0.05"]),
    ],
)
def test_a_preview_changes_nothing_and_is_what_is_written(
    admin_client: Client, pair: list[Variant], rule: str, number: str, after: list[str]
) -> None:
    form = {"rule": rule, "number": number, "adjust_by": "6", "reason": "spring"}
    shown = ask(admin_client, pair, "preview", **form)
    assert [f"{change.price:.2f}" for change in shown.context["changes"]] == after
    assert state(pair) == [("12.00", 4), ("0.05", 10)]
    done = ask(admin_client, pair, "apply", shown=shown.context["digest"], **form)
    assert done.status_code == 302
    assert state(pair) == [(after[0], 10), (after[1], 16)]
    assert pair[0].price_changes.count() == (rule != "keep")
    newest = pair[0].stock_movements.latest("pk")
    assert (newest.reference, newest.actor) == ("spring", "admin")
    assert LogEntry.objects.count() == 2


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ({"rule": "amount", "number": "-5"}, "No such price can be charged."),
        ({"rule": "set", "number": "99999999"}, "No such price can be charged."),
        ({"adjust_by": "-3"}, "2 units are promised"),
        ({"rule": "percent"}, "This needs a number."),
        ({"rule": "percent", "number": "NaN"}, "Enter a number."),
        ({"rule": "steal", "number": "1"}, "not one of the available choices"),
        ({"adjust_by": "99999999999999999999"}, "less than or equal to 1000000"),
        ({"products": "1,x"}, "errorlist"),
        ({"products": ""}, "errorlist"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_changed(
    admin_client: Client, pair: list[Variant], form: dict[str, str], why: str
) -> None:
    stock.reserve({pair[0].pk: 2}, reference="order")
    before = state(pair)
    response = ask(admin_client, pair, "apply", shown="", **form)
    assert response.status_code == 200
    assert why in response.content.decode()
    assert state(pair) == before


def test_prices_that_moved_since_the_preview_are_shown_again(admin_client: Client, pair: list[Variant]) -> None:
    form = {"rule": "percent", "number": "10"}
    shown = ask(admin_client, pair, "preview", **form).context["digest"]
    prices.set_price(pair[0].pk, Decimal("20.00"))
    again = ask(admin_client, pair, "apply", shown=shown, **form)
    assert "have changed since the preview" in again.content.decode()
    assert state(pair)[0] == ("20.00", 4)
    assert ask(admin_client, pair, "apply", shown=again.context["digest"], **form).status_code == 302
    assert state(pair)[0] == ("22.00", 4)


def test_a_price_that_moves_while_it_is_written_is_not_overwritten(pair: list[Variant]) -> None:
    ids = [variant.product_id for variant in pair]
    previewed = bulk.changes(ids, rule=bulk.Rule.PERCENT, number=Decimal(10), units=0)
    prices.set_price(pair[0].pk, Decimal("20.00"))
    with pytest.raises(bulk.Moved):
        bulk.apply(previewed, shown=bulk.digest(previewed), reason="", actor="")
    assert state(pair) == [("20.00", 4), ("0.05", 10)]


@pytest.mark.django_db(transaction=True)
def test_an_order_in_between_leaves_all_as_it_was(pair: list[Variant]) -> None:
    ids = [variant.product_id for variant in pair]
    previewed = bulk.changes(ids, rule=bulk.Rule.SET, number=Decimal(5), units=-4)
    stock.reserve({pair[1].pk: 8}, reference="order")
    with pytest.raises(stock.OutOfStock):
        bulk.apply(previewed, shown=bulk.digest(previewed), reason="", actor="")
    assert state(pair) == [("12.00", 4), ("0.05", 10)]


def test_too_many_at_once_are_refused(
    admin_client: Client, pair: list[Variant], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "MOST", 1)
    response = ask(admin_client, pair, "apply", rule="set", number="1")
    assert "at most 1 variants" in response.content.decode()


def test_the_page_costs_a_number_of_queries_that_does_not_grow(
    admin_client: Client, pair: list[Variant], django_assert_max_num_queries: Any
) -> None:
    form = {"rule": "percent", "number": "10"}
    with django_assert_max_num_queries(8) as few:
        ask(admin_client, pair, "preview", **form)
    more: list[Variant] = VariantFactory.create_batch(20)
    with django_assert_max_num_queries(8) as many:
        ask(admin_client, more, "preview", **form)
    assert len(few) == len(many)


def test_who_may_not_change_variants_may_not_change_them_here(client: Client, django_user_model: Any) -> None:
    sign_in(client, django_user_model.objects.create_user("berta", password="x", is_staff=True))
    assert client.post(reverse(PAGE), {"products": "1"}).status_code == 403


def test_the_chosen_are_exported(admin_client: Client, pair: list[Variant]) -> None:
    form = {"action": "export", "_selected_action": [pair[0].product_id]}
    lines = b"".join(admin_client.post(reverse(LIST), form)).decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("A,")


@pytest.fixture
def original(settings: Any, tmp_path: Path) -> Product:
    settings.MEDIA_ROOT = str(tmp_path)
    variant = VariantFactory(
        sku="A-1", price=Decimal("12.00"), stock=4, product__values=[AttributeValueFactory(name="Spain")]
    )
    file = ContentFile(drawn((80, 100), "WEBP"), name="a.webp")
    ProductImage.objects.create(product=variant.product, file=file, alt="Bottle")
    return variant.product


def test_a_copy_is_a_product_of_its_own(original: Product) -> None:
    copies = [duplicate(original, created_by=None) for _time in range(2)]
    assert [copy.slug for copy in copies] == [f"{original.slug}-copy", f"{original.slug}-copy-2"]
    for copy in copies:
        copy.refresh_from_db()
        assert (copy.name, copy.published) == (f"{original.name} (copy)", False)
        assert copy.category == original.category
        assert [value.name for value in copy.attribute_values.all()] == ["Spain"]
        variant = copy.variants.get()
        assert (variant.price, variant.on_hand, variant.label) == (Decimal("12.00"), 0, "75 cl")
        assert variant.price_changes.count() == 1
        image = copy.images.get()
        assert image.alt == "Bottle"
        assert image.file.name != original.images.get().file.name
    assert set(Variant.objects.values_list("sku", flat=True)) == {"A-1", "A-1-copy", "A-1-copy-2"}
    assert "copy" in copies[0].search_text


def test_the_longest_names_can_be_copied_too() -> None:
    product = VariantFactory(sku="S" * 40, product__name="N" * 200, product__slug="s" * 200).product
    copy = duplicate(product, created_by=None)
    assert (len(copy.slug), len(copy.name), len(copy.variants.get().sku)) == (200, 200, 40)


def test_staff_duplicate_from_the_list_and_from_the_form(admin_client: Client, original: Product) -> None:
    admin_client.post(reverse(LIST), {"action": "duplicate", "_selected_action": [original.pk]})
    assert Product.objects.count() == 2
    assert "Save and duplicate" in admin_client.get(change_url(original)).content.decode()
    form = product_form(original) | {"name": "Renamed", "_duplicate": "1"}
    response = admin_client.post(change_url(original), form)
    copy = Product.objects.latest("pk")
    assert response.headers["Location"] == change_url(copy)
    assert copy.name == "Renamed (copy)"
    assert copy.created_by is not None
    assert copy.created_by.get_username() == "admin"
