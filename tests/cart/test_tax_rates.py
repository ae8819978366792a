"""Which rate counts where and when, and how the rates get into the shop."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.utils import timezone

from cart import defaults, rates
from cart.models import TaxRate
from cart.pricing import quote
from cart.pricing.taxes import rates_for
from shop.models import TaxClass
from tests.checkout import filled_cart
from tests.factories import VariantFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("country", "tax_class", "rate"),
    [
        ("DE", "standard", "19"),
        ("DE", "reduced", "7"),
        ("DE", "second_reduced", "7"),  # Germany has one reduced rate
        ("DE", "super_reduced", "7"),
        ("DK", "reduced", "25"),  # Denmark has none
        ("FR", "super_reduced", "2.1"),
        ("IE", "second_reduced", "13.5"),
        ("FI", "standard", "25.5"),
        ("FR", "zero", "0"),
        ("CH", "standard", "0"),
        ("JP", "reduced", "0"),
    ],
)
def test_a_class_without_a_rate_of_its_own_has_the_next_one(country: str, tax_class: str, rate: str) -> None:
    defaults.load()
    assert rates_for(country).of(tax_class) == Decimal(rate)


def test_a_region_goes_before_its_country_whatever_its_case() -> None:
    TaxRate.objects.create(country="US", region="CA", rate="7.25", valid_from="2020-01-01")
    assert rates_for("US", "ca").of(TaxClass.STANDARD) == Decimal("7.25")
    assert rates_for("US", "TX").is_export
    TaxRate.objects.create(country="ES", rate="21", valid_from="2020-01-01")
    TaxRate.objects.create(country="ES", region="Las Palmas", rate="0", valid_from="2020-01-01")
    assert rates_for("ES", "Las Palmas").of(TaxClass.STANDARD) == 0
    assert rates_for("ES", "Madrid").of(TaxClass.STANDARD) == 21


def test_shipping_is_taxed_like_the_larger_part_of_the_goods() -> None:
    defaults.load()
    book = VariantFactory(price=30, product__tax_class=TaxClass.REDUCED)
    bottle = VariantFactory(price=20)
    assert quote(filled_cart(book, bottle)).shipping_tax_rate == 7
    assert quote(filled_cart(book, bottle, quantity=1)).shipping_tax == Decimal("0.45")  # 6.90*7/107 = 0.451
    even = VariantFactory(price=30)
    assert quote(filled_cart(book, even)).shipping_tax_rate == 19, "at a tie, the higher rate"


def test_the_known_rates_are_of_every_member_state() -> None:
    known = list(rates.known_rates())
    assert len(rates.countries()) == 27
    assert {rate.country for rate in known if rate.tax_class == TaxClass.STANDARD} == set(rates.countries())
    assert all(15 <= rate.rate <= 27 for rate in known if rate.tax_class == TaxClass.STANDARD)
    assert all(rate.rate >= 5 for rate in known if rate.tax_class in {TaxClass.REDUCED, TaxClass.SECOND_REDUCED})


def test_a_new_rate_ends_the_one_before_it() -> None:
    stored = TaxRate.objects.create(country="DE", rate=16, valid_from="2020-07-01")
    defaults.load_rates()
    stored.refresh_from_db()
    assert stored.valid_until == date(2025, 7, 31)
    old, new = TaxRate.objects.filter(country="FI", tax_class="second_reduced").order_by("valid_from")
    assert (old.rate, old.valid_until, new.rate) == (14, date(2025, 12, 31), Decimal("13.5"))
    for day, rate in ((date(2025, 12, 31), 14), (date(2026, 1, 1), Decimal("13.5"))):
        assert TaxRate.objects.on(day).get(country="FI", tax_class="second_reduced").rate == rate


def test_loading_again_adds_what_is_missing_and_keeps_what_staff_changed(capsys: pytest.CaptureFixture[str]) -> None:
    defaults.load_rates()
    TaxRate.objects.filter(country="DE", tax_class="standard").update(rate=16)
    TaxRate.objects.filter(country="AT").delete()
    TaxRate.objects.create(country="FR", region="Corse", rate=10, valid_from="2020-01-01")
    call_command("load_tax_rates")
    assert "3 tax rates added." in capsys.readouterr().out
    assert TaxRate.objects.get(country="DE", tax_class="standard").rate == 16
    call_command("load_tax_rates")
    assert "Every rate is there already." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("first", "last", "overlaps"),
    [
        ("2026-01-01", None, True),
        ("2026-06-30", "2026-07-31", True),
        ("2026-07-01", None, False),
        ("2025-01-01", "2025-12-31", False),
        ("2025-01-01", "2026-01-01", True),
        ("2026-03-01", "2026-02-01", True),
    ],
)
def test_the_admin_refuses_rates_whose_days_overlap(first: str, last: str | None, overlaps: bool) -> None:
    TaxRate.objects.create(country="DE", rate=19, valid_from="2026-01-01", valid_until="2026-06-30")
    until = date.fromisoformat(last) if last else None
    rate = TaxRate(country="DE", rate=16, valid_from=date.fromisoformat(first), valid_until=until)
    if overlaps:
        with pytest.raises(ValidationError):
            rate.full_clean()
    else:
        rate.full_clean()
    TaxRate(country="DE", tax_class="reduced", rate=7, valid_from=timezone.localdate()).full_clean()
    TaxRate(country="DE", region="Helgoland", rate=0, valid_from=timezone.localdate()).full_clean()
