"""A visitor's message: handled by a worker, seen by its sender and by nobody else."""

from datetime import timedelta
from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.utils import timezone

from background.models import TaskRun
from messager import services, tasks
from messager.models import Message
from shop.models import ShopProfile
from tests.staff import sign_in

pytestmark = pytest.mark.django_db

WRITTEN = {"email": "kim@example.com", "name": "Kim", "text": "Is the Rioja back soon?"}


@pytest.fixture(autouse=True)
def recipients(settings: Any) -> None:
    settings.CONTACT_RECIPIENTS = ["staff@example.com"]


def send(client: Client, **changes: str) -> str:
    """Write a message; the address of its page."""
    answer = client.post("/messager/", WRITTEN | changes)
    assert answer.status_code == 302, answer.content
    return answer["Location"]


def test_the_sender_sees_the_message_wait_and_then_arrive(
    client: Client, nudges: list[Any], mailoutbox: list[Any]
) -> None:
    address = send(client)
    page = client.get(address).content.decode()
    assert "Waiting for its turn" in page
    assert '<meta http-equiv="refresh"' in page
    [(name, pk)] = nudges
    assert name == "messager.tasks.handle_message"
    tasks.handle_message(pk)
    page = client.get(address).content.decode()
    assert f"Its number is M{pk}" in page
    assert '<meta http-equiv="refresh"' not in page
    staff, acknowledgment = mailoutbox
    assert (staff.to, staff.reply_to) == (["staff@example.com"], ["kim@example.com"])
    assert WRITTEN["text"] in staff.body
    assert acknowledgment.to == ["kim@example.com"]
    assert WRITTEN["text"] not in acknowledgment.body, "else the shop would mail strangers what anybody writes"


def test_it_goes_to_the_address_that_the_shop_shows(client: Client, mailoutbox: list[Any]) -> None:
    ShopProfile.objects.create(pk=1, legal_name="Quiet Wines GmbH", email="cellar@example.com")
    send(client)
    tasks.handle_message(Message.objects.get().pk)
    staff, acknowledgment = mailoutbox
    assert staff.to == ["cellar@example.com"]
    assert acknowledgment.reply_to == ["cellar@example.com"]


def test_a_page_that_asks_again_gets_its_part_alone(client: Client) -> None:
    part = client.get(send(client), headers={"HX-Request": "true"}).content.decode()
    assert 'data-state="waiting"' in part
    assert "<html" not in part


def test_nobody_sees_the_message_of_another(client: Client) -> None:
    send(client)
    message = Message.objects.get()
    for guess in (message.pk, message.reference, message.run.token[:-1] + "~", "x"):
        assert client.get(f"/messager/{guess}/").status_code == 404
    assert WRITTEN["text"] not in client.get(f"/messager/{message.run.token}/").content.decode()
    assert str(message.email) not in client.get("/messager/").content.decode()


def test_a_second_run_mails_nothing(client: Client, mailoutbox: list[Any]) -> None:
    send(client)
    pk = Message.objects.get().pk
    assert [tasks.handle_message(pk), tasks.handle_message(pk)] == [True, False]
    assert len(mailoutbox) == 2


def test_advertising_is_refused_with_the_reason(client: Client, mailoutbox: list[Any]) -> None:
    address = send(client, text="http://a http://b https://c www.d")
    tasks.handle_message(Message.objects.get().pk)
    assert "more than 3 links" in client.get(address).content.decode()
    assert mailoutbox == []
    assert TaskRun.objects.get().state == TaskRun.State.FAILED


def test_58_a_mail_server_that_fails_is_tried_again_without_doing_twice_what_was_done(
    client: Client, mailoutbox: list[Any], monkeypatch: pytest.MonkeyPatch, nudges: list[Any]
) -> None:
    address = send(client)
    pk = Message.objects.get().pk
    genuine, sent = EmailBackend.send_messages, []

    def fail_second(self: EmailBackend, mails: list[Any]) -> int:
        sent.extend(mails)
        if len(sent) == 2:
            raise SMTPServerDisconnected("gone")
        return genuine(self, mails)

    monkeypatch.setattr(EmailBackend, "send_messages", fail_second)
    with pytest.raises(SMTPServerDisconnected):
        tasks.handle_message(pk)
    assert "takes longer than usual" in client.get(address).content.decode()
    assert tasks.handle_message(pk) is False, "not before its time"
    Message.objects.update(not_before=timezone.now())
    nudges.clear()
    tasks.sweep()
    assert nudges == [("messager.tasks.handle_message", pk)]
    tasks.handle_message(pk)
    assert [mail.to for mail in mailoutbox] == [["staff@example.com"], ["kim@example.com"]]
    assert "Its number is" in client.get(address).content.decode()


def test_after_a_day_of_trying_it_is_given_up_and_staff_can_let_it_be_tried_again(
    client: Client, monkeypatch: pytest.MonkeyPatch, nudges: list[Any]
) -> None:
    send(client)
    Message.objects.update(created=timezone.now() - timedelta(hours=25))
    pk = Message.objects.get().pk

    def fail(_self: EmailBackend, _mails: list[Any]) -> int:
        raise OSError("away")

    monkeypatch.setattr(EmailBackend, "send_messages", fail)
    with pytest.raises(OSError, match="away"):
        tasks.handle_message(pk)
    assert Message.objects.get().state == Message.State.PARKED
    nudges.clear()
    sign_in(client, get_user_model()._default_manager.create_superuser("staff"))
    client.post("/admin/messager/message/", {"action": "pass_on_again", "_selected_action": [pk]})
    assert nudges == [("messager.tasks.handle_message", pk)]
    assert Message.objects.get().state == Message.State.RECEIVED


@pytest.mark.parametrize("other", [{"REMOTE_ADDR": "10.0.0.9"}, {"email": "other@example.com"}])
def test_who_writes_too_often_has_to_wait(client: Client, settings: Any, other: dict[str, str]) -> None:
    """The limit counts visitors, and addresses whoever uses them."""
    for _message in range(settings.MESSAGES_PER_HOUR):
        send(client)
    changes = {name: value for name, value in other.items() if name == "email"}
    place = {name: value for name, value in other.items() if name == "REMOTE_ADDR"}
    answer = client.post("/messager/", WRITTEN | changes, **place)  # type: ignore[arg-type]
    assert answer.status_code == 429
    assert Message.objects.count() == settings.MESSAGES_PER_HOUR
    assert (
        client.post("/messager/", WRITTEN | {"email": "third@example.com"}, REMOTE_ADDR="10.0.0.8").status_code == 302
    )


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("email", ""),
        ("email", "kim@"),
        ("email", "kim@example.com\r\nBcc: all@example.com"),
        ("text", ""),
        ("text", "x" * 4001),
        ("text", "a\0b"),
        ("name", "x" * 121),
    ],
)
def test_bad_input_is_an_error_beside_its_field(client: Client, field: str, bad: str) -> None:
    answer = client.post("/messager/", WRITTEN | {field: bad})
    assert answer.status_code == 422
    assert f'href="#id_{field}"' in answer.content.decode()
    assert not Message.objects.exists()


def test_73_a_line_break_in_the_name_makes_no_header(client: Client, mailoutbox: list[Any]) -> None:
    send(client, name="Kim\r\nBcc: all@example.com")
    tasks.handle_message(Message.objects.get().pk)
    assert [mail.recipients() for mail in mailoutbox] == [["staff@example.com"], ["kim@example.com"]]


def test_old_messages_are_deleted(client: Client) -> None:
    send(client)
    send(client)
    old = Message.objects.latest("pk")
    Message.objects.filter(pk=old.pk).update(created=timezone.now() - timedelta(days=91))
    services.forget_old()
    assert Message.objects.count() == TaskRun.objects.count() == 1
