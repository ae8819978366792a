"""The mails that are about no order, each in every language, as a real mail server gets them."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client
from django.utils import timezone, translation

from background import health
from background.models import DeadLetter, Heartbeat
from background.tasks import beat, tell_admins
from backoffice.models import PasswordReset
from backoffice.signin import resets
from cart import defaults, services as carts
from messager import services as messager
from messager.models import Message
from orders.models import InvoicePdf, Order, OrderEmail
from payment.models import CheckoutAttempt, Payment, ReconcileReport, Refund, RefusedDeliveries, StripeEvent
from shop import low_stock, stock
from shop.models import ProductImage
from tests.checkout import paid_order, placed_order
from tests.factories import ProductFactory, VariantFactory
from tests.orders.post import Post, body

pytestmark = pytest.mark.django_db

LANGUAGES = ["en", "ru", "es"]
# What stays as it is in every language: names, and what is typed or looked up.
UNTRANSLATED = r"\[\w+\]|https?://\S+|docs/operations\.md|manage\.py reconcile|webhooks?|beat|Stripe|PDF|UTC|pi_\d"


def ago(**span: int) -> Any:
    return timezone.now() - timedelta(**span)


def older(row: Model, **columns: Any) -> None:
    """Write columns that fill themselves when the row is made."""
    type(row)._default_manager.filter(pk=row.pk).update(**columns)


def written(language: str) -> Message:
    return messager.write("kim@example.com", "Rioja?", name="Kim", language=language, visitor="somebody")


def everything_is_wrong(settings: Any) -> None:
    """Rows with which every alarm stands."""
    settings.UNPAID_ORDERS_IN_A_ROW = 1
    Heartbeat.objects.create(name="backup", at=ago(days=2))
    letter = {
        "task": "orders.tasks.send_order_email",
        "arguments": [1],
        "topic": "mail.order",
        "reason": "delivery_limit",
    }
    DeadLetter.objects.create(**letter, state=DeadLetter.State.PARKED, last_at=timezone.now())
    older(written("en"), state=Message.State.PARKED)
    size = {"width": 1, "height": 1}  # else it is read from the file, which nobody needs here
    ProductImage.objects.create(product=ProductFactory(), file="rotten.png", state=ProductImage.State.PARKED, **size)
    RefusedDeliveries.objects.create(day=timezone.localdate(), count=21)
    ReconcileReport.objects.create(since=ago(days=9), finished=ago(days=3), unexplained_count=1)
    ReconcileReport.objects.update(started=ago(days=3))
    for number, state in enumerate(["parked", "received", "orphan"]):
        event = {"type": "checkout.session.completed", "livemode": False, "payload": {}}
        older(StripeEvent.objects.create(event_id=f"evt_{number}", state=state, **event), received_at=ago(hours=1))
    _orders_go_wrong()


def _orders_go_wrong() -> None:
    paid = paid_order()
    older(paid, attention="Paid twice.")
    InvoicePdf.objects.update(attempts=3)
    mails = list(paid.emails.all())
    older(mails[0], round_began=ago(minutes=11))
    older(mails[1], state=OrderEmail.State.PARKED)
    waiting = placed_order()
    older(waiting, created=ago(hours=2))
    unanswered = {"parameters": {}, "idempotency_key": "key", "last_error": "AuthenticationError 401"}
    older(CheckoutAttempt.objects.create(order=waiting, expires_at=timezone.now(), **unanswered), created=ago(hours=1))
    for order, taken in ((waiting, ago(minutes=20)), (waiting, ago(days=3))):
        ids = {"payment_intent": f"pi_{taken.day}", "session_id": f"cs_{taken.day}", "livemode": False}
        money = Payment.objects.create(order=order, amount=order.total, currency="EUR", captured_at=taken, **ids)
        for state in (Refund.State.NEW, Refund.State.FAILED):
            key = f"{money.payment_intent} {state}"
            older(
                Refund.objects.create(payment=money, key=key, amount=1, currency="EUR", state=state),
                created=ago(hours=1),
            )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_mail_about_alarms_tells_each_in_the_language_of_the_shop(post: Post, settings: Any, language: str) -> None:
    defaults.load()
    settings.ADMINS, settings.LANGUAGE_CODE = [("ops@example.com", "ops@example.com")], language
    everything_is_wrong(settings)
    with translation.override("es" if language == "ru" else "ru"):  # which a task before may have left
        tell_admins()
    (mail,) = post.taken
    text = "\n".join(body(mail, "plain").splitlines())
    told = re.findall(r"^- (.+) \[(\w+)\]$", text, re.MULTILINE)
    assert {heading for _sentence, heading in told} == {check.__name__ for check in health._checks}
    english = health.report()["alarms"]
    same = [sentence for sentence, _heading in told if sentence in english]
    assert len(same) == (len(told) if language == "en" else 0), same
    subject = str(mail["Subject"]).rpartition("] ")[2]
    assert subject == {"en": "22 alarms", "ru": "22 тревоги", "es": "22 alarmas"}[language]
    if language == "ru":
        assert not re.findall(
            r"[A-Za-z]{2,}", re.sub(UNTRANSLATED, "", text.replace(Order.objects.all()[0].number, ""))
        )


@pytest.mark.parametrize(("language", "said"), [("en", "all is well"), ("ru", "всё в порядке"), ("es", "todo vuelve")])
def test_so_does_the_mail_that_all_is_well(post: Post, settings: Any, language: str, said: str) -> None:
    settings.ADMINS, settings.LANGUAGE_CODE = [("ops@example.com", "ops@example.com")], language
    tell_admins()  # beat never ran
    beat()
    tell_admins()
    assert said in str(post.taken[1]["Subject"])


def test_staff_read_alarms_in_their_language_and_monitors_in_english(client: Client, admin_client: Client) -> None:
    russian = admin_client.get("/admin/", headers={"accept-language": "ru"}).content.decode()
    assert "Планировщик (beat) ещё ни разу не работал. [beat_is_silent]" in russian
    assert client.get("/readyz", headers={"accept-language": "ru"}).json()["alarms"] == ["Beat has never run."]


def back_in_stock(language: str) -> None:
    variant = VariantFactory(stock=0, product__name="Rioja")
    carts.request_alert(variant, "kim@example.com", language=language)
    stock.adjust(variant.pk, 5, reference="delivery")
    assert [carts.send_alert(pk) for pk in carts.due_alerts(9)] == [True]


def contact_page(language: str) -> None:
    assert messager.handle(written(language).pk)


def lost_password(language: str) -> None:
    User.objects.create_user("kim", "kim@example.com", "a long password", is_staff=True)
    resets.ask("kim@example.com", language=language, visitor="somebody")
    assert resets.answer(PasswordReset.objects.get().pk) == 1


TO_PEOPLE: dict[Callable[[str], None], dict[str, tuple[str, str]]] = {
    back_in_stock: {
        "en": ("Rioja, 75 cl is back at", "It is back."),
        "ru": ("Rioja, 75 cl снова в продаже", "Снова в наличии."),
        "es": ("Vuelve a haber Rioja, 75 cl", "Ya está de vuelta."),
    },
    contact_page: {
        "en": ("We have your message M", "answer as soon as we can"),
        "ru": ("Мы получили ваше сообщение M", "ответим как можно скорее"),
        "es": ("Hemos recibido su mensaje M", "le responderemos en cuanto podamos"),
    },
    lost_password: {
        "en": ("A new password at", "Your second factor stays as it is."),
        "ru": ("Новый пароль в", "Второй фактор остаётся прежним."),
        "es": ("Una nueva contraseña en", "Su segundo factor sigue igual."),
    },
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("send", TO_PEOPLE)
def test_who_asked_is_answered_in_the_language_asked_in(post: Post, send: Callable[[str], None], language: str) -> None:
    send(language)
    subject, words = TO_PEOPLE[send][language]
    mail = next(mail for mail in post.taken if mail["To"] == "kim@example.com")
    assert subject in str(mail["Subject"])
    assert words in " ".join(body(mail, "plain").split())


@pytest.mark.parametrize(
    ("language", "runs_low", "mark", "wrote"),
    [
        ("en", "1 variant runs low", "2 available, mark 3", "from the contact page"),
        ("ru", "Заканчивается 1 вариант", "доступно 2, порог 3", "со страницы обратной связи"),
        ("es", "Se agota 1 variante", "2 disponibles, umbral 3", "de la página de contacto"),
    ],
)
def test_staff_are_told_in_the_language_of_the_shop(
    post: Post, settings: Any, language: str, runs_low: str, mark: str, wrote: str
) -> None:
    settings.LANGUAGE_CODE, settings.LOW_STOCK_MARK = language, 3
    settings.LOW_STOCK_RECIPIENTS = settings.CONTACT_RECIPIENTS = ["staff@example.com"]
    VariantFactory(stock=2)
    low_stock.tell_staff()
    contact_page("es" if language == "ru" else "ru")
    to_staff = [mail for mail in post.taken if mail["To"] == "staff@example.com"]
    assert [runs_low in str(to_staff[0]["Subject"]), wrote in str(to_staff[1]["Subject"])] == [True, True]
    assert mark in body(to_staff[0], "plain")
