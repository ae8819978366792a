"""An order placed under /ru/ or /es/ stays in that language: pages, errors, payment, mails, papers."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from cart import defaults
from cart.models import Cart
from cart.pricing import quote
from orders import documents, emails
from orders.models import Order
from payment.services.checkout import session_parameters
from tests.checkout import ADDRESS, pay
from tests.factories import VariantFactory
from tests.orders.post import post_office
from tests.orders.test_documents import text_of

from .pages import words_of

pytestmark = pytest.mark.django_db

SAID: dict[str, dict[str, Any]] = {
    "ru": {
        "cart": ["Ваша корзина", "12,00 €", "Сумма товаров", ", 1 товар"],
        "empty name": "Введите имя и фамилию.",
        "wrong email": "Введите правильный адрес электронной почты.",
        "no age": "Подтвердите, что вам уже исполнилось 18",
        "errors": "Проверьте, пожалуйста, 3 поля",
        "pending": ["Ждём вашу оплату", "Германия"],
        "paid": ["Спасибо. Ваш заказ оплачен.", "Счёт INV-"],
        "subject": "Оплата получена",
        "invoice": ["Счёт", "Номер заказа", "18,90 €", "Оплачено. Доплачивать ничего не нужно.", "Германия"],
    },
    "es": {
        "cart": ["Su cesta", "12,00 €", "Subtotal", ", 1 artículo"],
        "empty name": "Introduzca su nombre y apellidos.",
        "wrong email": "Introduzca una dirección de correo electrónico válida.",
        "no age": "Confirme que tiene 18 años o más",
        "errors": "Hay 3 cosas que requieren su atención",
        "pending": ["A la espera de su pago", "Alemania"],
        "paid": ["Gracias. Su pedido está pagado.", "Factura INV-"],
        "subject": "Pago recibido",
        "invoice": ["Factura", "Número de pedido", "18,90 €", "Pagado. No queda nada por pagar.", "Alemania"],
    },
}


@pytest.fixture(params=SAID)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def shopper(client: Client, language: str) -> Client:
    """A browser with one bottle in its cart, on the pages of the language."""
    defaults.load()
    client.post(f"/{language}/cart/add/{VariantFactory(price=12).pk}/")
    return client


def form(**changes: Any) -> dict[str, Any]:
    seen = quote(Cart.objects.get(), country="DE").fingerprint
    return ADDRESS | {"age_confirmed": "on", "fingerprint": seen} | changes


def ordered(shopper: Client, language: str) -> Order:
    response = shopper.post(f"/{language}/orders/create/", form())
    order = Order.objects.get()
    assert response["Location"] == f"/{language}/payment/process/?order={order.token}"
    return order


def test_the_cart_speaks_it(shopper: Client, language: str) -> None:
    words = words_of(shopper.get(f"/{language}/cart/"))
    assert [said for said in SAID[language]["cart"] if said not in words] == []


def test_errors_of_forms_speak_it(shopper: Client, language: str) -> None:
    wrong = form(full_name="", email="kim", age_confirmed="")
    response = shopper.post(f"/{language}/orders/create/", wrong)
    assert response.status_code == 422
    page = " ".join(response.content.decode().split())
    for name in ("empty name", "wrong email", "no age", "errors"):
        assert str(SAID[language][name]) in page, name


def test_stripe_is_told_and_sends_back_to_it(shopper: Client, language: str) -> None:
    sent = session_parameters(ordered(shopper, language), "key", 0)
    assert sent["locale"] == language
    assert f"/{language}/payment/completed/" in sent["success_url"]
    assert f"/{language}/payment/canceled/" in sent["cancel_url"]


@pytest.mark.needs("pdftotext")
def test_page_mail_and_invoice_speak_it(shopper: Client, language: str, tmp_path: Path, settings: Any) -> None:
    order = ordered(shopper, language)
    assert order.language == language
    path = f"/{language}/orders/{order.token}/"
    words = words_of(shopper.get(path))
    assert [said for said in SAID[language]["pending"] if said not in words] == []
    with translation.override("en"):  # a worker's
        pay(order)
        with post_office() as post:
            settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
            settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", post.port
            assert emails.deliver(order.emails.get(kind="receipt").pk)
        (attached,) = post.taken[0].iter_attachments()
        assert attached.get_payload(decode=True) == documents.pdf_of(order.invoices.get())
    assert SAID[language]["subject"] in post.taken[0]["Subject"]
    words = words_of(shopper.get(path))
    assert [said for said in SAID[language]["paid"] if said not in words] == []
    invoice = " ".join(text_of(documents.pdf_of(order.invoices.get()), tmp_path).split())
    assert [said for said in SAID[language]["invoice"] if said not in invoice] == []
