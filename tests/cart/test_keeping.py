"""A cart comes back by a link, and goes when nobody does."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.core.signing import TimestampSigner
from django.test import Client
from django.utils import timezone

from cart import defaults, services, tasks
from cart.models import Cart
from shop import stock
from tests.checkout import filled_cart, place
from tests.factories import CouponFactory, VariantFactory

pytestmark = pytest.mark.django_db


def path_of(cart: Cart) -> str:
    return urlsplit(services.link_to(cart)).path


def in_cart(client: Client) -> dict[int, int]:
    return {line.variant.pk: line.quantity for line in client.get("/cart/").context["lines"]}


def test_a_link_brings_the_cart_to_another_browser() -> None:
    variant = VariantFactory()
    cart = filled_cart(variant, quantity=2)
    phone = Client()
    assert phone.get(path_of(cart)).headers["Location"] == "/cart/"
    assert "Your cart is back." in phone.get("/cart/").content.decode()
    assert in_cart(phone) == {variant.pk: 2}
    assert Cart.objects.count() == 1, "both browsers have the same cart"


def test_a_browser_with_a_cart_of_its_own_is_asked_and_loses_nothing(client: Client) -> None:
    both, mine, theirs = VariantFactory(), VariantFactory(), VariantFactory(stock=3)
    for variant, quantity in ((both, 1), (mine, 1)):
        client.post(f"/cart/add/{variant.pk}/", {"quantity": quantity})
    linked = filled_cart(both, theirs, quantity=2)
    services.enter_coupon(linked, CouponFactory(code="TEN").code)
    page = client.get(path_of(linked)).content.decode()
    assert "Bring this cart back?" in page
    assert f"2 × {theirs}" in page
    assert in_cart(client) == {both.pk: 1, mine.pk: 1}, "a GET changes nothing"
    for _twice in range(2):
        client.post(path_of(linked))
        assert in_cart(client) == {both.pk: 2, mine.pk: 1, theirs.pk: 2}
    assert Cart.objects.exclude(pk=linked.pk).get().coupon_codes == ["TEN"]


def test_merging_leaves_behind_what_cannot_be_had(client: Client) -> None:
    gone, sold_out, short = VariantFactory(), VariantFactory(), VariantFactory(stock=5)
    linked = filled_cart(gone, sold_out, short, quantity=4)
    gone.product.published = False
    gone.product.save()
    stock.adjust(sold_out.pk, -10, reference="broken")
    stock.adjust(short.pk, -3, reference="broken")
    mine = VariantFactory()
    client.post(f"/cart/add/{mine.pk}/")
    client.post(path_of(linked))
    assert in_cart(client) == {mine.pk: 1, short.pk: 2}


def test_ones_own_link_changes_nothing(client: Client) -> None:
    client.post(f"/cart/add/{VariantFactory().pk}/")
    before = in_cart(client)
    assert client.get(path_of(Cart.objects.get())).status_code == 302
    assert in_cart(client) == before


def test_79_a_forged_expired_or_used_up_link_is_404(client: Client, settings: object) -> None:
    cart = filled_cart()
    assert client.get("/cart/restore/nonsense/").status_code == 404
    assert client.get(f"/cart/restore/{TimestampSigner(salt='other').sign(cart.key)}/").status_code == 404
    settings.CART_LINK_DAYS = 0  # type: ignore[attr-defined]
    assert client.get(path_of(cart)).status_code == 404
    settings.CART_LINK_DAYS = 30  # type: ignore[attr-defined]
    Cart.objects.update(closed_at=timezone.now())
    assert client.get(path_of(cart)).status_code == 404


def test_carts_that_nobody_came_back_to_are_removed_and_no_others(client: Client) -> None:
    defaults.load()
    old, held, closed, fresh = (filled_cart(VariantFactory()) for _cart in range(4))
    order = place(held)
    Cart.objects.exclude(pk=fresh.pk).update(updated=timezone.now() - timedelta(days=91))
    Cart.objects.filter(pk=closed.pk).update(closed_at=timezone.now() - timedelta(days=91))
    for _twice in range(2):
        tasks.sweep()
        assert set(Cart.objects.all()) == {held, closed, fresh}
    assert order.cart_key == held.key
    assert not Cart.objects.filter(pk=old.pk).exists()


def test_whoever_changes_a_cart_keeps_it(client: Client) -> None:
    variant = VariantFactory()
    client.post(f"/cart/add/{variant.pk}/")
    for change in (f"/cart/update/{variant.pk}/", "/cart/ship/", "/cart/accept/", f"/cart/add/{variant.pk}/"):
        Cart.objects.update(updated=timezone.now() - timedelta(days=200))
        client.post(change, {"quantity": 2})
        assert Cart.objects.get().updated > timezone.now() - timedelta(days=1), change


def test_more_carts_than_a_batch_are_removed_in_one_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "BATCH", 3)
    for _cart in range(7):
        filled_cart()
    Cart.objects.update(updated=timezone.now() - timedelta(days=91))
    tasks.sweep()
    assert not Cart.objects.exists()


def test_a_key_older_than_its_age_is_an_empty_cart(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    client.post(f"/cart/add/{VariantFactory().pk}/")
    assert in_cart(client)
    monkeypatch.setattr(services.keys, "COOKIE_AGE", -1)
    assert not in_cart(client)
    client.post(f"/cart/add/{VariantFactory().pk}/")
    assert Cart.objects.count() == 2, "the old cart stays as it was"
