"""Sends the mails that orders owe. The row is the promise; sending stamps it."""

from datetime import timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused

from django.db.models import F
from django.utils import timezone

from background import logs
from orders.models import OrderEmail

from .messages import compose

State = OrderEmail.State
LEASE = timedelta(seconds=60)  # the hard time limit of a task: after it, nobody is sending this mail any more
FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=1)
GIVE_UP = timedelta(hours=24)


def deliver(pk: int) -> bool:
    """Send the mail with this pk if its time has come; whether it was sent now.

    A second call, also at the same moment, sends nothing: the row is claimed first. A refused recipient or 24 hours
    of trying park the mail; any other failure is raised after the next try has been set.
    """
    if (
        not OrderEmail.objects.unsent()
        .filter(pk=pk)
        .update(not_before=timezone.now() + LEASE, attempts=F("attempts") + 1)
    ):
        return False
    mail = OrderEmail.objects.select_related("order").get(pk=pk)
    logs.about(order=mail.order.number)
    try:
        compose(mail).send()
    except Exception as error:
        _note_failure(mail, error)
        raise
    mail.state, mail.sent_at, mail.last_error = State.SENT, timezone.now(), ""
    mail.save(update_fields=["state", "sent_at", "last_error"])
    return True


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
