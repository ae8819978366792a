"""A message's way: written by a visitor, checked, passed on to staff, acknowledged. Only this file writes Message."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F, Q
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from background import runs
from background.task import LEASE, nudge
from shop import profile

from .models import Message

State = Message.State

WINDOW = timedelta(hours=1)
FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=1)
GIVE_UP = timedelta(hours=24)
MOST_LINKS = 3
LINK = re.compile(r"https?://|www\.", re.IGNORECASE)


class TooManyMessages(Exception):
    """This visitor, or somebody with this address, wrote too often within the hour."""


def write(email: str, text: str, *, name: str, language: str, visitor: str) -> Message:
    """Keep a message and nudge a worker. Raises TooManyMessages. A second call is a second message."""
    visitor_hash = salted_hmac("messager visitor", visitor, algorithm="sha256").hexdigest()
    recent = Message.objects.filter(created__gte=timezone.now() - WINDOW)
    if recent.filter(Q(visitor_hash=visitor_hash) | Q(email__iexact=email)).count() >= settings.MESSAGES_PER_HOUR:
        raise TooManyMessages
    with transaction.atomic():
        run = runs.plan(_("Your message"), steps=3)
        message = Message.objects.create(
            run=run, email=email, text=text, name=name, language=language, visitor_hash=visitor_hash
        )
        nudge("messager.tasks.handle_message", message.pk)
    return message


def handle(pk: int) -> bool:
    """Check a message, pass it on to staff and acknowledge it, if its time has come; whether that was done now.

    Claimed first, so a second call, also at the same moment, does nothing. What was done before a failure is not done
    again. A failure is raised after the next try has been set; after a day of trying the message is parked.
    """
    if not Message.objects.due().filter(pk=pk).update(not_before=timezone.now() + LEASE, attempts=F("attempts") + 1):
        return False
    message = Message.objects.select_related("run").get(pk=pk)
    with translation.override(message.language):
        runs.start(message.run_id)
        try:
            if len(LINK.findall(message.text)) > MOST_LINKS:
                _refuse(message)
                return False
            runs.step(message.run_id, 1)
            _tell_staff(message)
            _acknowledge(message)
        except Exception as error:
            _note_failure(message, error)
            raise
        message.state, message.last_error = State.PASSED_ON, ""
        message.save(update_fields=["state", "last_error"])
        words = _("We have your message, and answer by mail. Its number is %s.") % message.reference
        runs.finish(message.run_id, words)
    return True


def replay(message: Message) -> None:
    """Let a parked message be worked on again, from its first try."""
    message.state, message.attempts, message.not_before = State.RECEIVED, 0, timezone.now()
    message.save(update_fields=["state", "attempts", "not_before"])
    nudge("messager.tasks.handle_message", message.pk)


def forget_old() -> None:
    """Delete messages that are older than the shop keeps them, with their runs."""
    old = Message.objects.filter(created__lt=timezone.now() - timedelta(days=settings.MESSAGES_KEPT_DAYS))
    for message in old.select_related("run")[:200]:
        message.delete()
        message.run.delete()


def erase(email: str) -> int:
    """Delete every message with this address, and what was told about it; how many there were."""
    messages = list(Message.objects.filter(email__iexact=email).select_related("run"))
    for message in messages:
        message.delete()
        message.run.delete()
    return len(messages)


def _refuse(message: Message) -> None:
    message.state = State.REFUSED
    message.save(update_fields=["state"])
    words = _("Your message holds more than %d links, as advertising does. Write it without them.") % MOST_LINKS
    runs.fail(message.run_id, words)


def _tell_staff(message: Message) -> None:
    if message.staff_told_at is None:
        to = profile.contact_recipients()
        with translation.override(settings.LANGUAGE_CODE):
            _mail(message, "staff", _("Message %s from the contact page"), to=to, reply_to=[message.email])
        message.staff_told_at = timezone.now()
        message.save(update_fields=["staff_told_at"])
    runs.step(message.run_id, 2)


def _acknowledge(message: Message) -> None:
    """Without the text: nobody shall have the shop write to strangers what he likes."""
    if message.acknowledged_at is None:
        words = _("We have your message %s")
        _mail(message, "acknowledgment", words, to=[message.email], reply_to=profile.replies_to())
        message.acknowledged_at = timezone.now()
        message.save(update_fields=["acknowledged_at"])
    runs.step(message.run_id, 3)


def _mail(message: Message, kind: str, subject: str, *, to: list[str], reply_to: list[str] | None) -> None:
    host = urlsplit(settings.SITE_URL).hostname
    context = {"message": message, "shop_name": settings.SHOP_NAME, "site_url": settings.SITE_URL}
    EmailMessage(
        subject=subject % message.reference,
        body=render_to_string(f"messager/email/{kind}.txt", context),
        to=to,
        reply_to=reply_to,
        headers={"Message-ID": f"<{message.reference}.{kind}@{host}>"},  # the same for every try
    ).send()


def _note_failure(message: Message, error: Exception) -> None:
    message.not_before = timezone.now() + min(FIRST_RETRY * 2 ** (message.attempts - 1), LONGEST_RETRY)
    message.last_error = f"{type(error).__name__}: {error}"[:300]
    if message.not_before > message.created + GIVE_UP:
        message.state = State.PARKED
        runs.fail(message.run_id, _("Your message could not be passed on. It is kept, and staff will look at it."))
    else:
        runs.say(message.run_id, _("Passing it on takes longer than usual. We go on trying; you need not wait."))
    message.save(update_fields=["state", "not_before", "last_error"])
