"""The mails that orders owe, sent by a real SMTP conversation."""

import re
import smtplib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from cart import defaults
from orders import emails
from orders.models import OrderEmail
from orders.tasks import send_order_confirmation_email, send_order_email, send_order_emails, sweep
from tests.checkout import filled_cart, paid_order, place, placed_order
from tests.factories import VariantFactory

from .post import Post, body, post_office

pytestmark = pytest.mark.django_db

State = OrderEmail.State


@pytest.fixture
def post(settings: Any) -> Iterator[Post]:
    """The shop's mail server."""
    with post_office() as post:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", post.port
        yield post


@pytest.fixture(autouse=True)
def _rules(db: None) -> None:
    defaults.load()


def link_in(text: str) -> str:
    """The path of the link to the order."""
    found = re.search(r"http://127\.0\.0\.1:8000(/orders/link/[^\s\"<]+)", text)
    assert found
    return found[1]


def test_the_confirmation_tells_number_lines_total_and_where_to_follow(post: Post, client: Client) -> None:
    order = placed_order(VariantFactory(price="12.50", product__name="Grüner Veltliner"), quantity=2)
    assert send_order_confirmation_email(order.pk)
    message = post.taken[0]
    assert message["To"] == order.email
    assert order.number in message["Subject"]
    for subtype in ("plain", "html"):
        text = body(message, subtype)
        assert "Grüner Veltliner" in text
        assert "€31.90" in text  # 2 x 12.50 and 6.90 shipping
        assert client.get(link_in(text))["Location"] == order.get_absolute_url()


def test_a_mail_is_sent_once_however_often_it_is_asked_for(post: Post) -> None:
    order = paid_order(VariantFactory(price="12.50"), quantity=2)
    receipt = order.emails.get(kind=OrderEmail.Kind.RECEIPT)
    assert [send_order_email(receipt.pk) for _time in range(3)] == [True, False, False]
    assert [send_order_confirmation_email(order.pk) for _time in range(3)] == [True, False, False]
    assert len(post.taken) == 2
    assert len({message["Message-ID"] for message in post.taken}) == 2


def test_58_a_mail_server_that_is_down_is_tried_again_for_a_day(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    mail = placed_order().emails.get()
    with pytest.raises(OSError):  # noqa: PT011 - whatever the socket says
        emails.deliver(mail.pk)
    mail.refresh_from_db()
    assert mail.state == State.QUEUED
    assert mail.not_before > timezone.now()
    assert not emails.deliver(mail.pk)  # not before its time
    OrderEmail.objects.update(round_began=timezone.now() - timedelta(hours=24), not_before=timezone.now())
    with pytest.raises(OSError):  # noqa: PT011
        emails.deliver(mail.pk)
    mail.refresh_from_db()
    assert mail.state == State.PARKED


def test_59_the_same_mail_has_the_same_message_id(post: Post) -> None:
    mail = placed_order().emails.get()
    emails.deliver(mail.pk)
    OrderEmail.objects.update(state=State.QUEUED, not_before=timezone.now())  # killed before it was stamped
    emails.deliver(mail.pk)
    assert len({message["Message-ID"] for message in post.taken}) == 1


def test_60_a_refused_recipient_is_not_tried_again(post: Post) -> None:
    post.refuse = "550 no such user"
    mail = placed_order().emails.get()
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        emails.deliver(mail.pk)
    mail.refresh_from_db()
    assert (mail.state, "550" in mail.last_error) == (State.PARKED, True)


def test_a_full_mailbox_is_tried_again(post: Post) -> None:
    post.refuse = "452 mailbox full"
    mail = placed_order().emails.get()
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        emails.deliver(mail.pk)
    mail.refresh_from_db()
    assert mail.state == State.QUEUED


def test_73_line_breaks_in_a_name_make_no_header(post: Post) -> None:
    order = place(filled_cart(), full_name="Kim\r\nBcc: all@example.com", email="kim@example.com")
    send_order_confirmation_email(order.pk)
    assert post.taken[0]["Bcc"] is None


def test_the_sweep_nudges_what_is_overdue(nudges: list[tuple[str, object]]) -> None:
    overdue, later, sent = (placed_order().emails.get() for _mail in range(3))
    OrderEmail.objects.filter(pk=later.pk).update(not_before=timezone.now() + timedelta(minutes=1))
    OrderEmail.objects.filter(pk=sent.pk).update(state=State.SENT)
    nudges.clear()
    sweep()
    assert nudges == [("orders.tasks.send_order_emails", [overdue.pk])]


def test_mails_that_are_overdue_together_share_a_connection(post: Post) -> None:
    mails = [paid_order().emails.get(kind=OrderEmail.Kind.RECEIPT).pk for _order in range(5)]
    assert send_order_emails(mails) == 5
    assert send_order_emails(mails) == 0
    assert (len(post.taken), len(post.connections)) == (5, 1)


def test_a_refused_recipient_keeps_no_other_mail_of_the_batch_back(post: Post) -> None:
    post.refuse_to = "nobody@example.com"
    first, second, third = (paid_order().emails.get(kind=OrderEmail.Kind.RECEIPT) for _order in range(3))
    OrderEmail.objects.filter(pk=second.pk).update(to="nobody@example.com")
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send_order_emails([first.pk, second.pk, third.pk])
    states = OrderEmail.objects.filter(pk__in=[first.pk, second.pk, third.pk]).order_by("pk")
    assert [mail.state for mail in states] == [State.SENT, State.PARKED, State.SENT]


def test_58_with_the_mail_server_down_a_batch_waits_and_only_its_first_mail_has_been_tried(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    mails = [paid_order().emails.get(kind=OrderEmail.Kind.RECEIPT).pk for _order in range(3)]
    with pytest.raises(ConnectionRefusedError):
        send_order_emails(mails)
    tried = OrderEmail.objects.filter(pk__in=mails).order_by("pk")
    assert [(mail.state, mail.attempts) for mail in tried] == [(State.QUEUED, 1), (State.QUEUED, 0), (State.QUEUED, 0)]
