"""What papers cannot print is refused wherever it would get onto one."""

import pytest
from django.core.exceptions import ValidationError

from cart.models import ShippingMethod
from shop.letters import MOST_SIGNS, printable, unprintable
from shop.models import Product, ShopProfile, Variant

PRINTED = [
    (Product, "name"),
    (Variant, "sku"),
    (Variant, "label"),
    (ShippingMethod, "name"),
    (ShopProfile, "legal_name"),
    (ShopProfile, "address"),
    (ShopProfile, "register"),
    (ShopProfile, "bank"),
]


@pytest.mark.parametrize(("model", "field"), PRINTED)
def test_every_field_that_papers_print_refuses_it(model: type, field: str) -> None:
    column = model._meta.get_field(field)  # type: ignore[attr-defined]
    with pytest.raises(ValidationError, match="cannot print “ไวน์”"):
        column.clean("Kim ไวน์", None)
    assert column.clean("Kim № 5, 山田", None) == "Kim № 5, 山田"


def test_a_long_text_in_another_script_is_named_in_short() -> None:
    with pytest.raises(ValidationError) as refused:
        printable("".join(map(chr, range(0x0E01, 0x0E31))))
    assert refused.value.params
    assert len(refused.value.params["signs"]) == MOST_SIGNS


def test_lines_and_tabs_are_no_letters() -> None:
    assert unprintable("Weinstraße 7\r\n67433\tNeustadt") == ""
