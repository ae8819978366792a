"""Staff make coupons, one or many, and take the codes away as a file."""

import csv
import io
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from cart import coupons
from cart.admin import CouponAdmin
from cart.models import Coupon, CouponUse
from tests.factories import CategoryFactory, CouponFactory, VariantFactory
from tests.staff import sign_in

pytestmark = pytest.mark.django_db

LIST = reverse("admin:cart_coupon_changelist")
MANY = reverse("admin:cart_coupon_many")
PATTERN = {"count": "25", "begins_with": "NEWS", "batch": "newsletter", "kind": "percent", "value": "15", "limit": "1"}


def errors(page: str) -> bool:
    return "errorlist" in page


def test_many_coupons_are_made_at_once_and_shown_by_their_batch(admin_client: Client) -> None:
    shelf = CategoryFactory(name="Red")
    page = admin_client.post(MANY, PATTERN | {"category": shelf.pk}, follow=True)
    assert page.redirect_chain == [(f"{LIST}?batch=newsletter", 302)]
    assert "25 coupons were made." in page.content.decode()
    made = Coupon.objects.filter(batch="newsletter", value=15, limit=1, category=shelf)
    assert made.count() == 25
    assert all(code.startswith("NEWS") and len(code) == 14 for code in made.values_list("code", flat=True))


@pytest.mark.parametrize(
    "wrong",
    [
        {"count": "0"},
        {"count": "5001"},
        {"count": "x"},
        {"begins_with": "a b"},
        {"batch": ""},
        {"value": "101"},
        {"value": "-1"},
        {
            "valid_until_0": "2026-01-01",
            "valid_until_1": "10:00",
            "valid_from_0": "2026-02-01",
            "valid_from_1": "10:00",
        },
    ],
)
def test_bad_input_makes_none_and_says_so(admin_client: Client, wrong: dict[str, str]) -> None:
    page = admin_client.post(MANY, PATTERN | wrong)
    assert page.status_code == 200
    assert errors(page.content.decode())
    assert not Coupon.objects.exists()


def test_a_category_and_a_product_are_not_both_taken(admin_client: Client) -> None:
    product = VariantFactory().product
    page = admin_client.post(MANY, PATTERN | {"category": product.category_id, "product": product.pk})
    assert "Choose a category or a product, not both." in page.content.decode()


def test_making_coupons_needs_the_permission_to_add_them(client: Client) -> None:
    staff = User.objects.create_user("anna", is_staff=True)
    staff.user_permissions.add(Permission.objects.get(codename="view_coupon"))
    sign_in(client, staff)
    assert client.get(MANY).status_code == 403
    assert client.post(MANY, PATTERN).status_code == 403
    assert "Make many" not in client.get(LIST).content.decode()


def test_the_codes_are_downloaded_as_csv(admin_client: Client) -> None:
    chosen = [CouponFactory(code="AAA", limit=1), CouponFactory(code="BBB")]
    CouponFactory(code="CCC")
    data = {"action": "download", "_selected_action": [coupon.pk for coupon in chosen]}
    answer = admin_client.post(LIST, data).content.decode()
    assert list(csv.reader(io.StringIO(answer))) == [["code", "used", "limit"], ["AAA", "0", "1"], ["BBB", "0", ""]]


def test_a_code_is_kept_plain_and_a_used_coupon_stays(admin_client: Client) -> None:
    form = {"code": "spring 2026!", "kind": "amount", "value": "5", "active": "on"}
    inline = {f"uses-{name}_FORMS": "0" for name in ("TOTAL", "INITIAL")}
    admin_client.post(reverse("admin:cart_coupon_add"), form | inline)
    coupon = Coupon.objects.get()
    assert coupon.code == "SPRING2026"
    CouponUse.objects.create(coupon=coupon, reference="X", customer="y")
    admin_client.post(reverse("admin:cart_coupon_delete", args=[coupon.pk]), {"post": "yes"})
    assert Coupon.objects.exists()
    data = {"action": "switch_off", "_selected_action": [coupon.pk]}
    admin_client.post(LIST, data)
    coupon.refresh_from_db()
    assert not coupon.active


def test_the_pages_of_coupons_shipping_tax_and_carts_open(admin_client: Client) -> None:
    CouponFactory(product=VariantFactory().product)
    for model in ("coupon", "shippingmethod", "taxrate", "cart"):
        assert admin_client.get(reverse(f"admin:cart_{model}_changelist")).status_code == 200
    assert admin_client.get(MANY).status_code == 200
    assert admin_client.get(reverse("admin:cart_coupon_change", args=[Coupon.objects.get().pk])).status_code == 200


def test_the_list_costs_the_same_however_many_there_are(
    admin_client: Client, django_assert_max_num_queries: object
) -> None:
    coupons.make_many(Coupon(value=5, product=VariantFactory().product), 60)
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        admin_client.get(LIST)


def test_staff_who_edit_a_coupon_do_not_set_its_counter_back(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    coupon = CouponFactory(code="BUSY", value=10)
    save = CouponAdmin.save_model

    def while_an_order_uses_it(*args: Any, **kwargs: Any) -> None:
        Coupon.objects.update(used=7)
        save(*args, **kwargs)

    monkeypatch.setattr(CouponAdmin, "save_model", while_an_order_uses_it)
    form = {"code": "BUSY", "kind": "percent", "value": "20", "active": "on"}
    inline = {f"uses-{name}_FORMS": "0" for name in ("TOTAL", "INITIAL")}
    admin_client.post(reverse("admin:cart_coupon_change", args=[coupon.pk]), form | inline)
    coupon.refresh_from_db()
    assert (coupon.value, coupon.used) == (20, 7)
