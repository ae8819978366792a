"""What staff read in the admin: rooms, models and fields are called in their language."""

import re
from datetime import UTC, datetime

import pytest
from django.apps import apps
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import localize

from backoffice import names
from backoffice.models import ApiKey
from orders.models import Order
from payment.models import StripeEvent
from shop import dates
from shop.models import ShopProfile

pytestmark = pytest.mark.django_db

WRITTEN_ALIKE = {"SKU", "IBAN", "BIC", "PDF"}


def test_every_name_that_the_admin_shows_is_russian() -> None:
    with translation.override("ru"):
        rooms = [str(room.verbose_name) for room in names._rooms()]
        models = [str(model._meta.verbose_name_plural) for model in names._models()]
        fields = [str(field.verbose_name) for model in names._models() for field in model._meta.local_fields]
    assert len(fields) > 250
    left = {name for name in [*rooms, *models, *fields] if not re.search("[а-яё]", name, re.IGNORECASE)}
    assert left <= WRITTEN_ALIKE | {"ID"}


def test_english_names_are_those_that_django_makes() -> None:
    assert str(Order._meta.get_field("full_name").verbose_name) == "full name"
    assert str(Order._meta.verbose_name_plural) == "orders"
    assert str(apps.get_app_config("orders").verbose_name) == "Orders"


def test_abbreviations_and_proper_names_keep_their_capitals() -> None:
    assert str(ApiKey._meta.verbose_name_plural) == "API keys"
    assert str(StripeEvent._meta.verbose_name) == "Stripe event"
    assert str(StripeEvent._meta.get_field("event_id").verbose_name) == "event ID"


def test_names_are_no_migration() -> None:
    call_command("makemigrations", check_changes=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize(("language", "words"), [("ru", "Юридическое название"), ("es", "Razón social")])
def test_a_form_of_the_admin_is_in_the_language_of_staff(admin_client: Client, language: str, words: str) -> None:
    ShopProfile.objects.create(pk=1)
    page = admin_client.get(
        reverse("admin:shop_shopprofile_change", args=[1]), headers={"accept-language": language}
    ).content.decode()
    assert f"{words}:" in page
    assert "Legal name" not in page


def test_english_days_and_times_of_lists_are_written_as_on_the_shops_pages() -> None:
    when = datetime(2026, 11, 4, 17, 5, tzinfo=UTC)
    shown = f"{dates.day(when, 'medium')}, {dates.time_of_day(when)}".replace("\u202f", " ")
    assert localize(timezone.localtime(when)) == shown == "Nov 4, 2026, 6:05 PM"
