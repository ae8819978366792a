"""Sends the mails that orders owe. The row is the promise; sending stamps it."""

import logging
from datetime import timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import F
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from .models import OrderEmail

log = logging.getLogger(__name__)

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
    try:
        compose(mail).send()
    except Exception as error:
        _note_failure(mail, error)
        raise
    mail.state, mail.sent_at, mail.last_error = State.SENT, timezone.now(), ""
    mail.save(update_fields=["state", "sent_at", "last_error"])
    return True


def compose(mail: OrderEmail) -> EmailMultiAlternatives:
    """The message of this row, text and HTML, in the order's language. Same row, same Message-ID."""
    order = mail.order
    with translation.override(order.language):
        context = {
            "order": order,
            "line_items": order.line_items.all(),
            "order_url": settings.SITE_URL + order.get_absolute_url(),
            "site_url": settings.SITE_URL,
            "shop_name": settings.SHOP_NAME,
            "facts": mail.facts,
        }
        message = EmailMultiAlternatives(
            subject=SUBJECTS[OrderEmail.Kind(mail.kind)] % {"number": order.number, "shop": settings.SHOP_NAME},
            body=render_to_string(f"orders/email/{mail.kind}.txt", context),
            to=[mail.to],
            headers={"Message-ID": message_id(mail)},
        )
        message.attach_alternative(render_to_string(f"orders/email/{mail.kind}.html", context), "text/html")
    return message


def message_id(mail: OrderEmail) -> str:
    """The same for every try, so that a mail program shows a duplicate once."""
    name = ".".join(part for part in (mail.order.number, mail.kind, mail.reference) if part)
    return f"<{name}@{urlsplit(settings.SITE_URL).hostname}>"


SUBJECTS = {
    OrderEmail.Kind.RECEIVED: _("We have your order %(number)s at %(shop)s"),
    OrderEmail.Kind.RECEIPT: _("Payment received: your order %(number)s at %(shop)s"),
    OrderEmail.Kind.PAYMENT_FAILED: _("The payment of your order %(number)s at %(shop)s failed"),
    OrderEmail.Kind.REFUNDED: _("Money returned for your order %(number)s at %(shop)s"),
}


def _note_failure(mail: OrderEmail, error: Exception) -> None:
    wait = min(FIRST_RETRY * 2 ** (mail.attempts - 1), LONGEST_RETRY)
    mail.not_before = timezone.now() + wait
    mail.last_error = f"{type(error).__name__}: {error}"[:300]
    if _is_permanent(error) or mail.not_before > mail.created + GIVE_UP:
        mail.state = State.PARKED
    mail.save(update_fields=["state", "not_before", "last_error"])


def _is_permanent(error: Exception) -> bool:
    if isinstance(error, SMTPRecipientsRefused):
        return all(code >= 500 for code, _answer in error.recipients.values())
    return isinstance(error, SMTPDataError) and error.smtp_code >= 500
