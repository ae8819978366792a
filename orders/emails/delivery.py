"""Sends the mails that orders owe. The row is the promise; sending stamps it."""

import time
from collections.abc import Iterable
from datetime import timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPSenderRefused

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils import timezone

from background import locks, logs
from background.task import LEASE
from orders.models import OrderEmail

from .messages import compose
from .restraint import UNPAID, why_not

State = OrderEmail.State
FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=1)
GIVE_UP = timedelta(hours=24)
BATCH_SECONDS = 20  # well below the soft time limit of a task


def deliver(pk: int, *, connection: BaseEmailBackend | None = None) -> bool:
    """Send the mail with this pk if its time has come, over the connection where one is given; whether it was sent now.

    A second call, also at the same moment, sends nothing: the row is claimed first. A refused recipient or 24 hours
    of trying park the mail; any other failure is raised after the next try has been set. A mail that is better not
    sent is withheld.
    """
    mail = _claim(pk)
    if mail is None:
        return False
    logs.about(order=mail.order.number)
    try:
        message = compose(mail)
        if connection:
            connection.open()  # does nothing where it is open
            message.connection = connection
        message.send()
    except Exception as error:
        _note_failure(mail, error)
        raise
    mail.state, mail.sent_at, mail.last_error = State.SENT, timezone.now(), ""
    mail.save(update_fields=["state", "sent_at", "last_error"])
    return True


def deliver_all(pks: Iterable[int]) -> int:
    """Send these mails over one connection, in twenty seconds at most; how many were sent now.

    A mail that its own fault keeps back does not keep back the others; when the server fails, the others wait for the
    next sweep. Either is raised in the end. A second call sends nothing twice.
    """
    sent, end, failures = 0, time.monotonic() + BATCH_SECONDS, []
    connection = get_connection()
    try:
        for pk in pks:
            if time.monotonic() > end:
                break
            try:
                sent += deliver(pk, connection=connection)
            except (SMTPRecipientsRefused, SMTPSenderRefused, SMTPDataError) as error:
                failures.append(error)
    finally:
        connection.close()
    if failures:
        raise failures[0]
    return sent


def _claim(pk: int) -> OrderEmail | None:
    """The mail, for a minute nobody else's; None where it is not due, or is withheld from now on."""
    due = OrderEmail.objects.unsent().filter(pk=pk)
    mail = due.select_related("order").first()
    if mail is None:
        return None
    with transaction.atomic():
        if mail.kind in UNPAID:
            locks.wait_for(f"mails to {mail.to.lower()}")  # or several at once would not see each other
        if why := why_not(mail):
            due.update(state=State.WITHHELD, last_error=why)
            return None
        mail.attempts += 1
        claimed = due.update(not_before=timezone.now() + LEASE, attempts=mail.attempts)
    return mail if claimed else None


def _note_failure(mail: OrderEmail, error: Exception) -> None:
    wait = min(FIRST_RETRY * 2 ** (mail.attempts - 1), LONGEST_RETRY)
    mail.not_before = timezone.now() + wait
    mail.last_error = f"{type(error).__name__}: {error}"[:300]
    if _is_permanent(error) or mail.not_before > mail.round_began + GIVE_UP:
        mail.state = State.PARKED
    mail.save(update_fields=["state", "not_before", "last_error"])


def _is_permanent(error: Exception) -> bool:
    if isinstance(error, SMTPRecipientsRefused):
        return all(code >= 500 for code, _answer in error.recipients.values())
    return isinstance(error, SMTPDataError) and error.smtp_code >= 500
