"""Who wants to know when a sold-out variant is back gets one mail, and is forgotten."""

from collections.abc import Iterator

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from background.task import publisher
from backoffice.erasure import NothingKnown, erase_customer
from cart import services, tasks
from cart.models import StockAlert
from shop import stock
from shop.models import Variant
from tests.factories import VariantFactory
from tests.ports import free_port

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    """A page in another language leaves it to this thread."""
    yield
    translation.activate("en")


@pytest.fixture
def gone() -> Variant:
    """A variant that is sold out."""
    return VariantFactory(stock=0)


def ask(variant: Variant, email: str = "kim@example.com", *, prefix: str = "", client: Client | None = None) -> str:
    """The page that answers."""
    url = prefix + reverse("cart:alert_ask", args=[variant.pk])
    return (client or Client()).post(url, {"email": email}, follow=True).content.decode()


def come_back(variant: Variant) -> None:
    stock.adjust(variant.pk, 5, reference="delivery")


def send_due() -> int:
    return sum(services.send_alert(pk) for pk in services.due_alerts(100))


def test_a_shopper_is_told_once_and_forgotten(gone: Variant) -> None:
    assert "We will write to kim@example.com once" in ask(gone)
    assert "We will write to Kim@Example.com once" in ask(gone, "Kim@Example.com")
    assert StockAlert.objects.count() == 1
    assert send_due() == 0, "it is not back yet"
    come_back(gone)
    assert send_due() == 1
    [message] = mail.outbox
    assert message.to == ["kim@example.com"]
    assert message.subject == f"{gone} is back at The Quiet Cellar"
    assert gone.get_absolute_url() in message.body
    assert isinstance(message, mail.EmailMultiAlternatives)
    html = str(message.alternatives[0][0])
    assert gone.get_absolute_url() in html
    assert "See the order" not in message.body + html
    assert not StockAlert.objects.exists()
    assert send_due() == 0


def test_the_mail_and_its_link_are_in_the_language_that_was_asked_in(gone: Variant) -> None:
    path = gone.get_absolute_url()
    ask(gone, prefix="/ru")
    come_back(gone)
    send_due()
    assert f"/ru{path}" in mail.outbox[0].body
    assert "снова" in mail.outbox[0].subject


def test_what_is_withdrawn_or_held_by_others_is_not_back(gone: Variant) -> None:
    ask(gone)
    come_back(gone)
    gone.product.published = False
    gone.product.save()
    assert send_due() == 0
    gone.product.published = True
    gone.product.save()
    stock.reserve({gone.pk: 5}, reference="somebody's order")
    assert send_due() == 0
    stock.release({gone.pk: 5}, reference="somebody's order")
    assert send_due() == 1


def test_what_is_in_stock_or_no_address_is_not_noted(gone: Variant) -> None:
    here = VariantFactory()
    assert f"{here} is in stock." in ask(here)
    for bad in ("", "kim", "kim@", "a@b.c\r\nBcc: x@example.com", "ü" * 300 + "@example.com"):
        assert "Please enter an email address" in ask(gone, bad)
    assert Client().post("/cart/alert/999999/", {"email": "kim@example.com"}).status_code == 404
    assert Client().get(f"/cart/alert/{gone.pk}/").status_code == 405
    assert not StockAlert.objects.exists()


def test_one_visitor_and_one_address_have_limits(
    gone: Variant, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services.alerts, "MOST_WAITING", 1)
    settings.STOCK_ALERTS_PER_VISITOR = 3
    client = Client()
    ask(gone, client=client)
    assert "waits for many things already" in ask(VariantFactory(stock=0), client=client)
    ask(gone, client=client)
    url = reverse("cart:alert_ask", args=[gone.pk])
    assert client.post(url, {"email": "kim@example.com"}).status_code == 429
    assert StockAlert.objects.count() == 1


def test_a_mail_that_cannot_leave_is_tried_again_later(gone: Variant, settings: Settings) -> None:
    ask(gone)
    come_back(gone)
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    with pytest.raises(ConnectionRefusedError):
        send_due()
    alert = StockAlert.objects.get()
    assert "ConnectionRefusedError" in alert.last_error
    assert alert.not_before > timezone.now()
    assert send_due() == 0
    settings.EMAIL_BACKEND = working
    StockAlert.objects.update(not_before=timezone.now())
    assert send_due() == 1


def test_the_sweep_nudges_what_is_back_and_old_alerts_go(
    gone: Variant,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    nudged: list[object] = []
    monkeypatch.setattr(publisher, "put", lambda task, args: nudged.append((task.name, args)))
    ask(gone)
    ask(VariantFactory(stock=0))
    come_back(gone)
    with django_capture_on_commit_callbacks(execute=True):
        tasks.tell_who_waits()
    assert nudged == [("cart.tasks.send_stock_alert", (StockAlert.objects.get(variant=gone).pk,))]
    StockAlert.objects.filter(variant=gone).update(created=timezone.now() - services.alerts.KEPT)
    tasks.sweep()
    assert not StockAlert.objects.filter(variant=gone).exists()
    assert StockAlert.objects.count() == 1


def test_a_product_page_offers_it_for_what_is_sold_out(gone: Variant) -> None:
    def page(variant: Variant) -> str:
        return Client().get(variant.get_absolute_url()).content.decode()

    words = "Tell me when it is back"
    assert words in page(gone)
    here = VariantFactory()
    assert words not in page(here)
    case = VariantFactory(product=here.product, label="case of 6", stock=0)
    text = page(here)
    assert "Tell me when another size is back" in text
    assert f'<option value="{case.pk}">case of 6</option>' in text
    assert f'<option value="{here.pk}">' not in text


def test_a_customer_who_is_erased_waits_for_nothing(gone: Variant) -> None:
    ask(gone)
    ask(gone, "other@example.com")
    erase_customer("Kim@Example.com", actor="anna")
    assert StockAlert.objects.get().email == "other@example.com"
    with pytest.raises(NothingKnown):
        erase_customer("kim@example.com", actor="anna")
