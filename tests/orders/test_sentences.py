"""What is kept of an order in English, and read by staff in their language."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from cart import defaults
from orders import emails
from orders.models import Order, OrderEmail, OrderEvent
from orders.sentences import in_language
from payment.services import disputes, refunds, settlement
from tests.checkout import placed_order


@pytest.mark.parametrize(
    ("kept", "russian"),
    [
        ("paid twice", "оплачено дважды"),
        ("Refunded pi_1: paid twice.", "Деньги возвращены (pi_1): оплачено дважды."),
        ("Paid 5.00 EUR instead of 6.90 EUR.", "Оплачено 5.00 EUR вместо 6.90 EUR."),
        (
            "A refund of 5 EUR failed: no reason given. Credit note CN-1 stands, for the refund that has to follow.",
            "Возврат 5 EUR не удался: причина не указана. Кредит-нота CN-1 остаётся в силе для следующего возврата.",
        ),
        ("Somebody wrote this: 100 % by hand %(at)s.", "Somebody wrote this: 100 % by hand %(at)s."),
        ("", ""),
        ("paid twice\nby Kim\nnot paid in time", "оплачено дважды\nby Kim\nне оплачено вовремя"),
    ],
)
def test_what_is_kept_is_read_in_russian(kept: str, russian: str) -> None:
    with translation.override("ru"):
        assert in_language(kept) == russian
    assert in_language(kept) == kept


def test_a_sentence_within_another_is_translated_and_what_stripe_said_is_not() -> None:
    facts = {"dispute": "dp_1", "amount": "18.90 EUR", "reason": "fraudulent", "state": "needs_response"}
    kept = disputes.OPEN_UNTIL % (facts | {"until": "2026-11-24 12:00 CET"})
    with translation.override("es"):
        read = in_language(kept)
        assert in_language(refunds.REFUSED % {"amount": "5 EUR", "why": "100%s gone"}).endswith("100%s gone")
        assert in_language(settlement.TOO_LATE) != settlement.TOO_LATE
    for said in (*facts.values(), "2026-11-24 12:00 CET"):
        assert said in read
    assert "do not ship" not in read


@pytest.mark.django_db
def test_staff_read_them_in_their_mail_and_on_the_orders_page(admin_client: Client, settings) -> None:
    defaults.load()
    order = placed_order()
    Order.objects.filter(pk=order.pk).update(attention=settlement.WRONG_MODE)
    OrderEvent.objects.create(order=order, kind="attention", actor="Stripe", reason=settlement.TOO_LATE)
    what = {"what": settlement.WRONG_MODE}
    mail = OrderEmail.objects.create(order=order, kind=OrderEmail.Kind.ATTENTION, to="staff@example.com", facts=what)
    settings.LANGUAGE_CODE = "ru"
    message = emails.compose(mail)
    assert "Оплачено в неверном режиме" in message.body
    assert "Оплачено в неверном режиме" in str(message.alternatives[0][0])
    russian = {"accept-language": "ru"}
    page = admin_client.get(reverse("admin:orders_order_change", args=[order.pk]), headers=russian).content.decode()
    assert "распродан" in page
    assert settlement.TOO_LATE not in page
    assert (
        "неверном режиме"
        in admin_client.get(reverse("admin:orders_order_changelist"), headers=russian).content.decode()
    )
