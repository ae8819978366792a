"""Fault 67: staff edit a variant while it is being sold, and neither loses what the other wrote."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import models
from django.test import Client
from django.urls import reverse

from cart import defaults
from shop.models import Variant
from tests.checkout import filled_cart, place
from tests.factories import VariantFactory
from tests.races import most_connections, run_together
from tests.staff import app_of, sign_in

from .rush import must_be_in_order

pytestmark = [pytest.mark.needs("postgres"), pytest.mark.django_db(transaction=True)]

BUYERS, EDITS = 60, 10


@pytest.fixture(autouse=True)
def _rules(db: None) -> None:
    defaults.load()


def editor(variant: Variant, admin: User) -> Callable[..., int]:
    """Posts the product's form as it was shown before anything was sold, with changes to the variant's row."""
    product = variant.product
    shown: dict[str, Any] = {
        "name": product.name,
        "slug": product.slug,
        "category": product.category_id,
        "published": "on",
        "tax_class": product.tax_class,
        "variants-TOTAL_FORMS": 1,
        "variants-INITIAL_FORMS": 1,
        "variants-0-id": variant.pk,
        "variants-0-product": product.pk,
        "images-TOTAL_FORMS": 0,
        "images-INITIAL_FORMS": 0,
    }
    for name in ("sku", "label", "price", "weight", "volume", "position"):
        shown[f"variants-0-{name}"] = getattr(variant, name)

    app_of(admin)  # before several edits would set it up at once

    def edit(**changes: Any) -> int:
        client = Client()
        sign_in(client, admin)
        row = {f"variants-0-{name}": value for name, value in changes.items()}
        return client.post(reverse("admin:shop_product_change", args=[product.pk]), shown | row).status_code

    return edit


def test_67_stock_that_staff_add_while_it_is_sold_is_all_there(admin_user: User) -> None:
    bottle = VariantFactory(stock=BUYERS)
    edit = editor(bottle, admin_user)
    buyers = [partial(place, filled_cart(bottle)) for _buyer in range(BUYERS)]
    edits = [partial(edit, label=f"75 cl, lot {number}", adjust_by=6) for number in range(EDITS)]
    results = run_together([*edits, *buyers], connections=most_connections(BUYERS + EDITS))
    assert results[:EDITS] == [302] * EDITS
    assert {type(result).__name__ for result in results[EDITS:]} == {"Order"}
    bottle.refresh_from_db()
    assert (bottle.on_hand, bottle.reserved) == (BUYERS + 6 * EDITS, BUYERS)
    assert bottle.label.startswith("75 cl, lot ")
    must_be_in_order([bottle])


def sold_while_the_form_is_saved(monkeypatch: pytest.MonkeyPatch, admin: User, *, save: Callable[..., None]) -> Variant:
    """A shopper buys between the reading and the writing of a staff edit that changes the label and adds six."""
    bottle = VariantFactory(stock=10)
    edit, cart = editor(bottle, admin), filled_cart(bottle, quantity=4)

    def sell_first(self: Variant, **kwargs: Any) -> None:
        run_together([partial(place, cart)], connections=1)  # on another connection, committed
        save(self, **kwargs)

    monkeypatch.setattr(Variant, "save", sell_first)
    assert edit(label="0.75 l", adjust_by=6) == 302
    bottle.refresh_from_db()
    assert bottle.label == "0.75 l"
    return bottle


def test_67_what_is_sold_while_a_form_is_saved_stays_sold(monkeypatch: pytest.MonkeyPatch, admin_user: User) -> None:
    bottle = sold_while_the_form_is_saved(monkeypatch, admin_user, save=Variant.save)
    assert (bottle.on_hand, bottle.reserved) == (16, 4)
    must_be_in_order([bottle])


@pytest.mark.stock_goes_wrong
def test_67_a_form_that_wrote_every_field_would_lose_it(monkeypatch: pytest.MonkeyPatch, admin_user: User) -> None:
    def write_all(self: Variant, **kwargs: Any) -> None:
        models.Model.save(self)

    bottle = sold_while_the_form_is_saved(monkeypatch, admin_user, save=write_all)
    assert bottle.reserved == 0
