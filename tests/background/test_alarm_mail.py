"""The mail about alarms: when they come, when they go, once a day between; and never about what a request held."""

import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone

from background import health
from background.models import AlarmMail
from background.tasks import beat, tell_admins

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def wrong(settings: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sentences of the only alarm there is."""
    settings.ADMINS = [("ops@example.com", "ops@example.com")]
    sentences: list[str] = []

    def something_is_wrong() -> Iterable[str]:
        yield from sentences

    monkeypatch.setattr(health, "_checks", [something_is_wrong])
    return sentences


def test_an_alarm_is_told_once_however_its_numbers_change(wrong: list[str], mailoutbox: list[Any]) -> None:
    tell_admins()
    assert mailoutbox == []
    wrong.append("3 mails wait.")
    tell_admins()
    tell_admins()
    wrong[:] = ["4 mails wait."]
    tell_admins()
    assert [mail.to for mail in mailoutbox] == [["ops@example.com"]]
    assert "3 mails wait." in mailoutbox[0].body
    assert "/readyz?deep" in mailoutbox[0].body


def test_the_end_of_an_alarm_is_told_once(wrong: list[str], mailoutbox: list[Any]) -> None:
    wrong.append("wrong")
    tell_admins()
    wrong.clear()
    tell_admins()
    tell_admins()
    assert ["alarm" in mailoutbox[0].subject, "well again" in mailoutbox[1].subject] == [True, True]
    assert len(mailoutbox) == 2


def test_an_alarm_that_lasts_is_told_again_after_a_day(wrong: list[str], mailoutbox: list[Any]) -> None:
    wrong.append("wrong")
    tell_admins()
    AlarmMail.objects.update(sent_at=timezone.now() - timedelta(days=1))
    tell_admins()
    tell_admins()
    assert len(mailoutbox) == 2


def test_another_alarm_is_told_at_once(
    wrong: list[str], mailoutbox: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong.append("wrong")
    tell_admins()
    health.alarm(health.beat_is_silent)
    tell_admins()
    assert [mail.subject.rpartition("] ")[2] for mail in mailoutbox] == ["1 alarm", "2 alarms"]


def test_a_mail_that_could_not_be_sent_is_tried_again(
    wrong: list[str], mailoutbox: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any) -> int:
        raise OSError("mail server away")

    wrong.append("wrong")
    with monkeypatch.context() as patched:
        patched.setattr(EmailBackend, "send_messages", refuse)
        with pytest.raises(OSError, match="away"):
            tell_admins()
    tell_admins()
    assert len(mailoutbox) == 1


def test_without_admins_nothing_is_noted(wrong: list[str], settings: Any) -> None:
    settings.ADMINS = []
    wrong.append("wrong")
    tell_admins()
    assert not AlarmMail.objects.exists()


def test_a_check_that_fails_is_an_alarm_and_hides_no_other(wrong: list[str]) -> None:
    def broken() -> Iterable[str]:
        raise KeyError("x")

    health._checks.insert(0, broken)
    wrong.append("wrong")
    assert [alarm.sentence for alarm in health.alarms()][1:] == ["wrong"]
    assert "broken fails: KeyError" in next(health.alarms()).sentence
    beat()
    assert health.report()["ready"]


@pytest.mark.django_db(transaction=True)
def test_rows_that_cannot_be_counted_are_an_alarm_and_hide_no_others(wrong: list[str]) -> None:
    def broken() -> Iterable[health.Rows]:
        yield health.Rows(AlarmMail.objects.extra(where=["no_such_column = 1"]), "%s are lost.")

    def sent() -> Iterable[health.Rows]:
        yield health.Rows(AlarmMail.objects.all(), "Alarms were told of: %s.")
        yield health.Rows(AlarmMail.objects.none(), "Never: %s.")

    AlarmMail.objects.create(names=[])
    health._checks += [broken, sent]
    first, second = (alarm.sentence for alarm in health.alarms_in_english())
    assert "broken fails: " in first
    assert second == "Alarms were told of: 1."
    health._checks.remove(broken)
    AlarmMail.objects.bulk_create(AlarmMail(names=[]) for _number in range(100))
    assert [alarm.sentence for alarm in health.alarms_in_english()] == ["Alarms were told of: 100 or more."]


def test_91_admins_are_never_mailed_what_a_failing_request_held() -> None:
    handlers = [
        type(handler).__name__
        for name in ("django", "django.request", "")
        for handler in logging.getLogger(name).handlers
    ]
    assert "AdminEmailHandler" not in handlers
