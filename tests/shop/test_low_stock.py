"""Staff learn once that something runs low: when it falls below its mark, not each time another one is sold."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from shop import low_stock, stock
from shop.models import LowStock
from shop.tasks import tell_of_low_stock
from tests.factories import VariantFactory
from tests.ports import free_port
from tests.races import run_together

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def recipients(settings: Any) -> None:
    settings.LOW_STOCK_RECIPIENTS = ["cellar@example.com"]
    settings.LOW_STOCK_MARK = 3


def test_a_fall_below_the_mark_is_told_once_and_names_no_order(mailoutbox: list[Any]) -> None:
    VariantFactory(stock=50)
    variant = VariantFactory(stock=4, product__name="Old Oak", sku="OAK-1")
    stock.reserve({variant.pk: 1}, reference="A1")
    tell_of_low_stock()
    assert mailoutbox == []  # three are not fewer than three
    for number in ("A2", "A3"):
        stock.reserve({variant.pk: 1}, reference=number)
        tell_of_low_stock()
        tell_of_low_stock()
    (mail,) = mailoutbox
    assert mail.to == ["cellar@example.com"]
    assert "1 variant runs low" in mail.subject
    assert "Old Oak, 75 cl (OAK-1): 2 available, mark 3" in mail.body
    assert f"/admin/shop/product/{variant.product_id}/change/" in mail.body
    assert not any(number in mail.body for number in ("A1", "A2", "A3"))


def test_the_next_fall_is_told_again(mailoutbox: list[Any]) -> None:
    variant = VariantFactory(stock=2)
    tell_of_low_stock()
    stock.adjust(variant.pk, 10, reference="delivery")
    tell_of_low_stock()
    assert not LowStock.objects.exists()
    stock.adjust(variant.pk, -10, reference="party")
    tell_of_low_stock()
    assert len(mailoutbox) == 2
    assert mailoutbox[0].extra_headers["Message-ID"] != mailoutbox[1].extra_headers["Message-ID"]


def test_several_falls_make_one_mail(mailoutbox: list[Any]) -> None:
    for units in (0, 1, 2):
        VariantFactory(stock=units)
    tell_of_low_stock()
    assert "3 variants run low" in mailoutbox[0].subject
    assert len(mailoutbox) == 1


def test_a_variant_may_have_a_mark_of_its_own_or_none(mailoutbox: list[Any]) -> None:
    VariantFactory(stock=11, low_stock_mark=12, sku="EARLY")
    VariantFactory(stock=0, low_stock_mark=0, sku="NEVER")
    VariantFactory(stock=0, product__published=False, sku="HIDDEN")
    tell_of_low_stock()
    (mail,) = mailoutbox
    assert "EARLY): 11 available, mark 12" in mail.body
    assert "NEVER" not in mail.body
    assert "HIDDEN" not in mail.body


def test_without_recipients_of_its_own_it_goes_to_admins_and_without_any_nothing_is_noted(
    mailoutbox: list[Any], settings: Any
) -> None:
    VariantFactory(stock=0)
    settings.LOW_STOCK_RECIPIENTS, settings.ADMINS = [], []
    tell_of_low_stock()
    assert not LowStock.objects.exists()
    settings.ADMINS = [("ops@example.com", "ops@example.com")]
    tell_of_low_stock()
    assert mailoutbox[0].to == ["ops@example.com"]


def test_a_mail_that_could_not_be_sent_goes_out_a_minute_later(mailoutbox: list[Any], settings: Any) -> None:
    VariantFactory(stock=0)
    backend = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    with pytest.raises(ConnectionRefusedError):
        tell_of_low_stock()
    settings.EMAIL_BACKEND = backend
    tell_of_low_stock()
    assert mailoutbox == []  # whoever claimed it may still be at it
    LowStock.objects.update(not_before=timezone.now() - timedelta(seconds=1))
    tell_of_low_stock()
    assert len(mailoutbox) == 1


@pytest.mark.needs("postgres")
@pytest.mark.django_db(transaction=True)
def test_ten_workers_at_once_tell_each_fall_once(mailoutbox: list[Any]) -> None:
    for _number in range(20):
        VariantFactory(stock=0)
    told = run_together([low_stock.tell_staff] * 10, connections=10)
    assert sum(told) == 20
    assert sum(mail.body.count(" available,") for mail in mailoutbox) == 20


def test_looking_costs_the_same_however_many_there_are(django_assert_num_queries: Any) -> None:
    for _number in range(30):
        VariantFactory(stock=20)
    with django_assert_num_queries(3):
        tell_of_low_stock()
