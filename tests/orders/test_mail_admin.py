"""Staff see the mails of an order, read them, and send them again."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from cart import defaults
from orders import emails
from orders.models import OrderEmail
from tests.checkout import placed_order
from tests.staff import sign_in

pytestmark = pytest.mark.django_db

State = OrderEmail.State


@pytest.fixture
def mail() -> OrderEmail:
    defaults.load()
    mail = placed_order().emails.get()
    emails.deliver(mail.pk)
    mail.refresh_from_db()
    return mail


def staff(client: Client, *permissions: str) -> Client:
    user = User.objects.create_user("clerk", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    sign_in(client, user)
    return client


def preview(mail: OrderEmail) -> str:
    return reverse("admin:orders_orderemail_preview", args=[mail.pk])


def test_an_orders_page_leads_to_its_mails(mail: OrderEmail, admin_client: Client) -> None:
    page = admin_client.get(reverse("admin:orders_order_change", args=[mail.order_id])).content.decode()
    assert preview(mail) in page
    assert preview(mail) in admin_client.get(reverse("admin:orders_orderemail_changelist")).content.decode()


def test_a_preview_shows_text_and_html_under_a_policy_of_its_own(mail: OrderEmail, admin_client: Client) -> None:
    page = admin_client.get(preview(mail)).content.decode()
    assert "waits for its payment" in page
    html = admin_client.get(reverse("admin:orders_orderemail_html", args=[mail.pk]))
    assert mail.order.number in html.content.decode()
    assert "default-src 'none'" in html["Content-Security-Policy"]
    assert html["X-Frame-Options"] == "SAMEORIGIN"


def test_a_mail_is_sent_again_once_per_click_and_with_another_message_id(
    mail: OrderEmail, client: Client, mailoutbox: list[emails.messages.EmailMultiAlternatives]
) -> None:
    clerk = staff(client, "view_orderemail", "change_orderemail")
    for _click in range(2):
        assert clerk.post(preview(mail)).status_code == 302
    mail.refresh_from_db()
    assert (mail.state, mail.round) == (State.QUEUED, 2)
    event = mail.order.events.get(kind="mail again")
    assert (event.actor, mail.to in event.reason) == ("clerk", True)
    assert emails.deliver(mail.pk)
    assert len({message.extra_headers["Message-ID"] for message in mailoutbox}) == 2


def test_what_was_withheld_or_given_up_can_be_sent_after_all(mail: OrderEmail, admin_client: Client) -> None:
    for state in (State.WITHHELD, State.PARKED):
        OrderEmail.objects.update(state=state, last_error="550 no such user")
        admin_client.post(preview(mail))
        assert emails.deliver(mail.pk)


def test_reading_and_sending_need_their_permissions(mail: OrderEmail, client: Client) -> None:
    assert client.get(preview(mail)).status_code == 302  # to the login
    clerk = staff(client, "view_order")
    assert clerk.get(preview(mail)).status_code == 403
    assert clerk.get(reverse("admin:orders_orderemail_html", args=[mail.pk])).status_code == 403
    User.objects.get().user_permissions.add(Permission.objects.get(codename="view_orderemail"))
    assert "Send it again" not in clerk.get(preview(mail)).content.decode()
    assert clerk.post(preview(mail)).status_code == 403
    assert (
        clerk.post(reverse("admin:orders_orderemail_change", args=[mail.pk]), {"to": "x@example.com"}).status_code
        == 403
    )
