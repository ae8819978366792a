"""What a shopper does with a cart."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from cart import services
from cart.models import Cart, CartLine, Coupon
from shop import profile, stock
from shop.models import Category, Product, ProductImage, Variant
from tests.checkout import filled_cart
from tests.factories import CouponFactory, VariantFactory
from tests.races import run_together

pytestmark = pytest.mark.django_db


def add(client: Client, variant: Variant, **data: object) -> None:
    client.post(reverse("cart:cart_add", args=[variant.pk]), data)


def test_adding_twice_grows_the_line(client: Client) -> None:
    variant = VariantFactory()
    add(client, variant, quantity=2)
    add(client, variant)
    assert CartLine.objects.get().quantity == 3


def test_a_visitor_without_a_cart_gets_no_cookie_and_costs_no_query_for_one(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.get("/")  # reads the shop's profile, which the process keeps
    profile.forget()
    with django_assert_num_queries(1):  # what every page shows
        response = client.get(reverse("cart:cart_detail"))
    assert response.status_code == 200
    assert not response.cookies
    assert not Cart.objects.exists()


SCRIPT = {"HX-Request": "true"}


def test_the_dialog_shows_the_products_picture(client: Client) -> None:
    variant = VariantFactory()
    ProductImage.objects.create(product=variant.product, file="products/a.webp", widths="100 200", width=3, height=4)
    response = client.post(reverse("cart:cart_add", args=[variant.pk]), headers=SCRIPT)
    assert 'src="/media/products/a.webp"' in response.text
    assert "/media/renditions/a-200.webp 200w" in response.text


def test_a_script_that_adds_is_answered_with_a_dialog_and_the_new_count(client: Client) -> None:
    variant = VariantFactory()
    response = client.post(reverse("cart:cart_add", args=[variant.pk]), {"quantity": 2}, headers=SCRIPT)
    text = response.content.decode()
    assert response.status_code == 200
    assert "<dialog" in text
    assert f"{variant} is in your cart." in text
    assert "2 items in your cart" in text
    assert 'id="cart-count" data-key="2"' in text
    assert client.cookies["cart"]
    assert 'class="messages"' not in client.get("/cart/").content.decode(), "it was said already"


def test_a_script_whose_add_is_refused_is_told_where_that_is_explained(client: Client) -> None:
    gone, some = VariantFactory(stock=0), VariantFactory()
    for variant, quantity, page in ((gone, "1", gone.get_absolute_url()), (some, "-1", some.get_absolute_url())):
        url = reverse("cart:cart_add", args=[variant.pk])
        response = client.post(url, {"quantity": quantity}, headers=SCRIPT)
        assert (response.status_code, response.headers["HX-Redirect"]) == (200, page)
        assert 'class="notice error"' in client.get(page).content.decode()
    assert not CartLine.objects.exists()


def test_the_cart_survives_closing_the_browser(client: Client) -> None:
    add(client, VariantFactory())
    cookie = client.cookies["cart"]
    assert cookie["max-age"] == 90 * 24 * 3600
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_a_line_never_grows_past_the_shelf(client: Client) -> None:
    variant = VariantFactory(stock=3)
    add(client, variant, quantity=2)
    add(client, variant, quantity=2)
    assert CartLine.objects.get().quantity == 3


def test_a_sold_out_variant_is_not_added(client: Client) -> None:
    variant = VariantFactory(stock=0)
    response = client.post(reverse("cart:cart_add", args=[variant.pk]), follow=True)
    assert "sold out" in response.content.decode()
    assert not CartLine.objects.exists()


def test_the_chosen_variant_wins_over_the_one_in_the_address(client: Client) -> None:
    bottle = VariantFactory()
    case = VariantFactory(product=bottle.product, label="case of 6")
    client.post(reverse("cart:cart_add", args=[bottle.pk]), {"variant": case.pk})
    assert CartLine.objects.get().variant == case


def test_a_line_that_sold_out_can_only_be_removed(client: Client) -> None:
    variant = VariantFactory(stock=2)
    add(client, variant)
    update = f'action="{reverse("cart:cart_update", args=[variant.pk])}"'
    assert update in client.get(reverse("cart:cart_detail")).content.decode()
    stock.adjust(variant.pk, -2, reference="broken")
    page = client.get(reverse("cart:cart_detail")).content.decode()
    assert "Sold out: please remove it." in page
    assert update not in page
    assert "data-step" not in page
    assert f'action="{reverse("cart:cart_remove", args=[variant.pk])}"' in page


def test_an_unpublished_product_cannot_be_bought(client: Client) -> None:
    variant = VariantFactory(product__published=False)
    assert client.post(reverse("cart:cart_add", args=[variant.pk])).status_code == 404


def test_a_withdrawn_product_leaves_the_cart_with_a_notice(client: Client) -> None:
    variant = VariantFactory()
    add(client, variant)
    Product.objects.update(published=False)
    page = client.get(reverse("cart:cart_detail")).content.decode()
    assert "no longer sold" in page
    assert not CartLine.objects.exists()


def test_quantity_zero_removes_the_line(client: Client) -> None:
    variant = VariantFactory()
    add(client, variant)
    client.post(reverse("cart:cart_update", args=[variant.pk]), {"quantity": 0})
    assert not CartLine.objects.exists()


@pytest.mark.parametrize("quantity", ["-1", "1.5", "1e9", "NaN", "", "٣x", "9" * 5000, "1\x00"])
def test_69_a_bad_quantity_changes_nothing_and_says_so(client: Client, quantity: str) -> None:
    variant = VariantFactory()
    add(client, variant, quantity=2)
    url = reverse("cart:cart_update", args=[variant.pk])
    page = client.post(url, {"quantity": quantity}, follow=True).content.decode()
    assert "whole number from 0 to 99" in page
    assert CartLine.objects.get().quantity == 2


@pytest.mark.parametrize("quantity", ["0", "-1", "1.5", "1e9", "NaN", "9" * 5000])
def test_69_adding_a_bad_quantity_is_refused(client: Client, quantity: str) -> None:
    page = client.post(reverse("cart:cart_add", args=[VariantFactory().pk]), {"quantity": quantity}, follow=True)
    assert "whole number from 1 to 99" in page.content.decode()
    assert not CartLine.objects.exists()


def test_76_a_number_of_thirty_digits_is_no_variant(client: Client) -> None:
    add(client, VariantFactory())
    huge = 10**30
    for action in ("add", "update", "remove"):
        assert client.post(f"/cart/{action}/{huge}/", {"quantity": 1}).status_code == 404
    longest = 10**18 - 1
    assert client.post(f"/cart/update/{longest}/", {"quantity": 1}).status_code == 302
    assert client.post(f"/cart/add/{longest}/").status_code == 404
    assert CartLine.objects.count() == 1


@pytest.mark.parametrize("value", ["", "nonsense", "a:b:c", "%00", "x" * 5000])
def test_79_a_forged_key_is_an_empty_cart(client: Client, value: str) -> None:
    add(client, VariantFactory())
    client.cookies["cart"] = value
    assert client.get(reverse("cart:cart_detail")).context["quote"].is_empty


def test_a_get_changes_nothing(client: Client) -> None:
    variant = VariantFactory()
    add(client, variant)
    for name in ("cart_add", "cart_update", "cart_remove"):
        assert client.get(reverse(f"cart:{name}", args=[variant.pk])).status_code == 405


def test_a_closed_cart_is_not_used_again(client: Client) -> None:
    variant = VariantFactory()
    add(client, variant)
    services.take_out(Cart.objects.get().key, {variant.pk: 1})
    assert client.get(reverse("cart:cart_detail")).context["quote"].is_empty
    add(client, variant)
    assert Cart.objects.count() == 2


def test_the_cart_page_costs_the_same_queries_however_full_it_is(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _line in range(12):
        add(client, VariantFactory())
    profile.forget()
    with django_assert_num_queries(4):  # cart with lines and pictures, shipping, tax, what every page shows
        client.get(reverse("cart:cart_detail"))


@pytest.mark.parametrize("lines", [1, 8])
def test_coupons_cost_a_query_and_those_for_a_shelf_no_other(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, lines: int
) -> None:
    for _line in range(lines):
        add(client, VariantFactory())
    codes = [CouponFactory(stackable=True).code for _coupon in range(3)]
    Cart.objects.update(coupon_codes=codes)
    profile.forget()
    with django_assert_num_queries(5):
        client.get(reverse("cart:cart_detail"))
    Coupon.objects.update(category=Category.objects.first())
    profile.forget()
    with django_assert_num_queries(5):
        client.get(reverse("cart:cart_detail"))


@pytest.mark.needs("postgres")
@pytest.mark.django_db(transaction=True)
def test_two_tabs_never_lose_an_add() -> None:
    variant = VariantFactory(stock=99)
    cart = filled_cart(VariantFactory())
    results = run_together([lambda: services.add(cart, variant, 1)] * 40, connections=8)
    assert not [result for result in results if isinstance(result, Exception)]
    assert cart.lines.get(variant=variant).quantity == 40
