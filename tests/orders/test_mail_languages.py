"""Every kind of mail in every language, taken by a real SMTP server: whole, and without a word of another language."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

import translations
from cart import defaults
from orders.models import OrderEmail
from shop.models import ShopProfile
from shop.money import format_money

from .mail_stories import WINE, sent
from .post import Html, Post, body

pytestmark = pytest.mark.django_db

Kind = OrderEmail.Kind
WORDS = {
    "ru": {
        Kind.RECEIVED: "ждёт оплаты",
        Kind.RECEIPT: "мы получили 31,90 € за заказ",
        Kind.PAYMENT_FAILED: "деньги с вас не списаны",
        Kind.EXPIRED: "не был оплачен вовремя",
        Kind.CANCELED: "ничего не будет отправлено",
        Kind.REMINDER: "Вы просили один раз напомнить",
        Kind.SHIPPED: "Номер для отслеживания — 00340434161094000001",
        Kind.REFUNDED: "Мы вернули €10.00",
        Kind.WITHDRAWAL: "Kim Doe отказывается от договора",
        Kind.LINK: "ссылка пришла только в этот ящик",
    },
    "es": {
        Kind.RECEIVED: "espera su pago",
        Kind.RECEIPT: "Recibimos 31,90 € del pedido",
        Kind.PAYMENT_FAILED: "no se le ha cobrado nada",
        Kind.EXPIRED: "no se pagó a tiempo",
        Kind.CANCELED: "no se enviará nada",
        Kind.REMINDER: "Nos pidió que le recordáramos, una vez",
        Kind.SHIPPED: "El número para seguirlo es 00340434161094000001",
        Kind.REFUNDED: "Hemos devuelto €10.00",
        Kind.WITHDRAWAL: "Kim Doe desistió del contrato",
        Kind.LINK: "solo este buzón recibió el enlace",
    },
}
COUNTRY = {"ru": "Германия", "es": "Alemania"}
TO_CUSTOMERS = [(language, kind) for language, kinds in WORDS.items() for kind in kinds]


@pytest.fixture(autouse=True)
def _shop(db: None) -> None:
    defaults.load()
    ShopProfile.objects.create(pk=1, legal_name="Quiet Cellar GmbH", address="Weinstraße 7\n67433 Neustadt")


def one_space(words: str) -> str:
    return " ".join(words.split())


def english() -> list[str]:
    """Sentences of the shop that only a missing translation lets through."""
    texts = [message.id for message in translations.stored("ru") if isinstance(message.id, str)]
    return [text for text in texts if text.count(" ") > 2 and "%" not in text and "<" not in text]


def test_every_kind_to_customers_has_its_words() -> None:
    assert all(set(kinds) == set(Kind) - {Kind.NEW_ORDER, Kind.ATTENTION} for kinds in WORDS.values())


@pytest.mark.parametrize(("language", "kind"), TO_CUSTOMERS)
def test_a_mail_is_in_the_language_of_its_order(post: Post, language: str, kind: Kind, client: Client) -> None:
    order, message = sent(post, kind, language)
    text, html = one_space(body(message, "plain")), Html(body(message, "html"))
    expected = [WORDS[language][kind], order.number, "Quiet Cellar GmbH"]
    if kind != Kind.LINK:
        amounts = (order.line_items.get().subtotal, order.shipping, order.total, order.tax)
        expected += [one_space(format_money(amount, order.currency, language)) for amount in amounts]
        expected += [WINE, COUNTRY[language]]
    for words in expected:
        assert words in text, words
        assert words in one_space(html.text), words
    assert not [words for words in english() if words in text or words in html.text]
    assert html.language == language
    own = [link for link in html.links if link.startswith(settings.SITE_URL)]
    assert own or kind == Kind.SHIPPED  # whose link is the carrier's
    for link in own:
        assert link.startswith(f"{settings.SITE_URL}/{language}/")
        assert client.get(link.removeprefix(settings.SITE_URL)).status_code in (200, 302), link


@pytest.mark.parametrize("kind", [Kind.NEW_ORDER, Kind.ATTENTION])
def test_staff_get_theirs_in_the_language_of_the_shop(post: Post, kind: Kind) -> None:
    _order, message = sent(post, kind, "ru")
    assert Html(body(message, "html")).language == "en"
    assert "member of staff" in body(message, "plain")


def test_a_shop_in_another_language_writes_to_staff_in_it(post: Post, settings: Any) -> None:
    settings.LANGUAGE_CODE = "es"
    _order, message = sent(post, Kind.NEW_ORDER, "ru")
    assert "Está listo para prepararse." in body(message, "plain")
