"""The checkout form, as a browser posts it."""

import re
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cart import defaults, services as carts
from cart.models import Cart
from cart.pricing import quote
from orders import services, transitions
from orders.models import Order
from shop import stock
from shop.models import Product, Variant
from tests.checkout import ADDRESS
from tests.factories import VariantFactory

pytestmark = pytest.mark.django_db

URL = "/orders/create/"


@pytest.fixture(autouse=True)
def _rules(db: None) -> None:
    defaults.load()


@pytest.fixture
def variant() -> Variant:
    return VariantFactory(price=12)


@pytest.fixture
def shopper(client: Client, variant: Variant) -> Client:
    """A browser with one bottle in its cart."""
    client.post(reverse("cart:cart_add", args=[variant.pk]))
    return client


def form(**changes: Any) -> dict[str, Any]:
    """What the browser posts of the form as it stands on the page."""
    seen = quote(Cart.objects.get(), country=changes.get("country", "DE")).fingerprint
    return ADDRESS | {"age_confirmed": "on", "fingerprint": seen} | changes


def test_a_valid_form_places_the_order_and_hands_the_post_on_to_payment(shopper: Client) -> None:
    response = shopper.post(URL, form())
    order = Order.objects.get()
    assert response.status_code == 307
    assert response["Location"] == f"/payment/process/?order={order.token}"
    assert order.age_confirmed_at
    assert not order.reminder_wanted


def test_who_ticks_the_box_is_reminded_of_an_order_that_stays_unpaid(shopper: Client) -> None:
    assert not re.search(r'name="reminder_wanted"[^>]* checked', shopper.get(URL).content.decode())
    shopper.post(URL, form(reminder_wanted="on"))
    order = Order.objects.get()
    with transaction.atomic():
        services.end(transitions.lock(order.pk), Order.Status.EXPIRED, actor="test")
    assert order.emails.filter(kind="reminder", not_before__gt=timezone.now()).exists()


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("email", "kim", "valid email"),
        ("email", "kim@example.com\r\nBcc: x@example.com", "valid email"),
        ("full_name", "", "Enter your full name."),
        ("full_name", "x" * 121, "at most 120"),
        ("full_name", "Kim\tDoe\x07", "letters, digits"),
        ("full_name", "Kim\x00", "Null characters"),
        ("postcode", "", "Enter the postcode."),
        ("country", "BR", "Choose a country from the list."),
        ("country", "", "Choose a country."),
        ("age_confirmed", "", "Confirm that you are 18 or older: otherwise we may not sell to you."),
    ],
)
def test_a_wrong_field_is_named_and_everything_typed_is_kept(
    shopper: Client, field: str, value: str, words: str
) -> None:
    response = shopper.post(URL, form() | {field: value})
    page = response.content.decode()
    assert response.status_code == 422
    assert words in page
    assert "Main Street 1" in page
    assert not Order.objects.exists()


def test_postcodes_are_forgiven_their_case_and_spaces(shopper: Client) -> None:
    shopper.post(URL, form(country="IE", postcode="  d02  x285 "))
    assert Order.objects.get().postcode == "D02 X285"


def test_above_the_largest_charge_is_refused_with_the_amount(shopper: Client) -> None:
    Variant.objects.update(price=1_000_000)
    response = shopper.post(URL, form())
    assert response.status_code == 422
    assert "€999,999.99" in response.content.decode()


@pytest.mark.parametrize(
    "name", ["Zoë Müller", "Nguyễn Thị Ánh", "Иван Ғабитов", "Ἀριάδνη", "山田 花子", "김민수", "e" + "\u0301" * 100]
)
def test_72_what_papers_can_print_is_kept(shopper: Client, name: str) -> None:
    shopper.post(URL, form(full_name=name))
    assert Order.objects.get().full_name == name


@pytest.mark.parametrize(
    ("field", "value", "signs"),
    [
        ("full_name", "Zoë 🍷 Müller", "🍷"),
        ("full_name", "محمد علي", "محدعلي"),
        ("address1", "ถนนสุขุมวิท 1", "ถนสุขมวิท"),
        ("city", "תל אביב", "תלאבי"),
        ("address2", "".join(map(chr, range(0x1200, 0x1230))), "ሀሁሂሃሄህሆሇለሉ”"),
    ],
)
def test_72_what_they_cannot_is_refused_with_the_signs(shopper: Client, field: str, value: str, signs: str) -> None:
    page = shopper.post(URL, form() | {field: value}).content.decode()
    assert f"We cannot print “{signs}" in page
    assert "Please use Latin, Greek" in page
    assert value in page, "what was typed stays, to be corrected"
    assert not Order.objects.exists()


@pytest.mark.parametrize("phone", ["abc", "+49 abc 1234", "1234", "1" * 21, "٠١٢٣٤٥٦٧", "+-()"])
def test_a_phone_number_is_one(shopper: Client, phone: str) -> None:
    assert "Enter a phone number, such as" in shopper.post(URL, form(phone=phone)).content.decode()


@pytest.mark.parametrize("phone", ["", "+49 (0) 6131 / 12-34.5", "12345", "1" * 20])
def test_a_phone_number_is_written_in_any_way(shopper: Client, phone: str) -> None:
    shopper.post(URL, form(phone=phone))
    assert Order.objects.get().phone == phone


def test_70_tampered_amounts_are_ignored(shopper: Client) -> None:
    shopper.post(URL, form() | {"total": "0.01", "price": "0.01", "discount": "99", "status": "paid", "token": "x"})
    order = Order.objects.get()
    assert (str(order.total), order.status) == ("18.900", "pending")


def test_a_changed_total_is_shown_and_asked_about(shopper: Client, variant: Variant) -> None:
    before = form()
    Variant.objects.update(price=13)
    response = shopper.post(URL, before)
    assert response.status_code == 409
    assert response.context["quote_changed"]
    assert "€19.90" in response.content.decode()
    assert not Order.objects.exists()
    assert shopper.post(URL, form()).status_code == 307


def test_another_country_changes_shipping_and_is_asked_about(shopper: Client) -> None:
    seen_for_germany = form()
    response = shopper.post(URL, seen_for_germany | {"country": "FR"})
    assert response.status_code == 409
    assert "€26.90" in response.content.decode()  # 12.00 and 14.90 shipping abroad


def test_77_a_withdrawn_product_sends_back_to_the_cart_with_a_notice(shopper: Client) -> None:
    data = form()
    Product.objects.update(published=False)
    response = shopper.post(URL, data, follow=True)
    assert "no longer sold" in response.content.decode()
    assert not Order.objects.exists()


def test_somebody_faster_sends_back_to_the_cart(shopper: Client, variant: Variant) -> None:
    data = form()
    stock.reserve({variant.pk: 10}, reference="somebody")
    response = shopper.post(URL, data, follow=True)
    assert response.redirect_chain[-1][0] == "/cart/"
    assert not Order.objects.exists()


def test_below_the_smallest_charge_is_refused_with_the_amount(shopper: Client) -> None:
    Variant.objects.update(price="0.10")
    defaults.ShippingMethod.objects.update(price=0)
    response = shopper.post(URL, form())
    assert response.status_code == 422
    assert "€0.50" in response.content.decode()


def test_without_a_cart_there_is_nothing_to_check_out(client: Client) -> None:
    assert client.get(URL)["Location"] == "/cart/"
    assert client.post(URL, {})["Location"] == "/cart/"


def test_a_resubmit_after_payment_shows_the_paid_order(shopper: Client, variant: Variant) -> None:
    data = form()
    shopper.post(URL, data)
    order = Order.objects.get()
    carts.take_out(order.cart_key, {variant.pk: 1})
    assert shopper.post(URL, data)["Location"] == order.get_absolute_url()
    assert Order.objects.count() == 1


def test_a_changed_address_ends_the_first_order_by_way_of_payment(shopper: Client) -> None:
    shopper.post(URL, form())
    order = Order.objects.get()
    response = shopper.post(URL, form(city="Hamburg"))
    assert (response.status_code, response["Location"]) == (307, f"/payment/supersede/?order={order.token}")


def test_83_without_the_csrf_token_nothing_happens(variant: Variant) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post(reverse("cart:cart_add", args=[variant.pk])).status_code == 403
    assert client.post(URL, {}).status_code == 403
    assert client.post("/payment/process/?order=x").status_code == 403


def test_78_the_order_page_needs_the_token(shopper: Client) -> None:
    shopper.post(URL, form())
    order = Order.objects.get()
    assert shopper.get(order.get_absolute_url()).status_code == 200
    for wrong in (order.number, str(order.pk), order.token[:-1], "x" * 500):
        assert shopper.get(f"/orders/{wrong}/").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/orders/%00/",
        "/payment/canceled/?order=%00",
        "/search/?q=a%00b",
        "/cart/?country=%00",
        "/?page=%00",
        "/a%00/b/",
    ],
)
def test_71_a_nul_in_an_address_is_a_bad_request(client: Client, path: str) -> None:
    assert client.get(path).status_code == 400


def test_the_order_page_renders_its_changing_part_alone_when_asked(shopper: Client) -> None:
    shopper.post(URL, form())
    url = Order.objects.get().get_absolute_url()
    whole = shopper.get(url).content.decode()
    part = shopper.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "<html" in whole
    assert "<html" not in part
    assert "Waiting for your payment" in part
    services.note_return(Order.objects.get().pk)
    assert "Confirming your payment" in shopper.get(url).content.decode()


def test_who_comes_back_from_the_payment_page_finds_what_was_typed(shopper: Client) -> None:
    empty = shopper.get(URL).content.decode()
    shopper.post(URL, form(reminder_wanted="on", phone="+49 6131 123456"))
    page = shopper.get(URL).content.decode()
    for typed in ("kim@example.com", "Kim Doe", "Main Street 1", "10115", "Berlin", "+49 6131 123456"):
        assert f'value="{typed}"' in page
        assert f'value="{typed}"' not in empty
    for box in ("reminder_wanted", "age_confirmed"):
        assert re.search(rf'name="{box}"[^>]* checked', page)
        assert not re.search(rf'name="{box}"[^>]* checked', empty)
    shopper.post(URL, form(reminder_wanted="on", phone="+49 6131 123456"))
    assert Order.objects.count() == 1, "the same form again is the same order"
    Order.objects.update(status=Order.Status.EXPIRED)
    assert 'value="Kim Doe"' not in shopper.get(URL).content.decode()


def test_nobody_else_finds_it(shopper: Client, variant: Variant) -> None:
    shopper.post(URL, form())
    other = Client()
    other.post(reverse("cart:cart_add", args=[variant.pk]))
    assert 'value="Kim Doe"' not in other.get(URL).content.decode()


def test_84_what_a_shopper_types_is_never_markup(shopper: Client) -> None:
    attack = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    shopper.post(URL, form(full_name=attack, city=attack, address1=attack, region=attack))
    page = shopper.get(Order.objects.get().get_absolute_url()).content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;alert" in page
