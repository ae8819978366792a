"""Mails to the holder of an account when its password or second factors changed: whoever did not do it learns of it."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from background.task import LEASE

from ..models import SignInEvent

RETRY = timedelta(minutes=5)
GIVE_UP = timedelta(days=1)


def tell(pk: int) -> bool:
    """Mail the holder of the account about this event, if its time has come; whether that was done now.

    Claimed first, so a second call, also at the same moment, does nothing. A failure is raised after the next try has
    been set; after a day nobody tries any more.
    """
    due = SignInEvent.objects.to_tell().filter(pk=pk)
    if not due.update(tell_at=timezone.now() + LEASE):
        return False
    event = SignInEvent.objects.select_related("account").get(pk=pk)
    to = event.account.email if event.account else ""
    try:
        if to:
            _message(event, to).send()
    except Exception:
        given_up = event.at < timezone.now() - GIVE_UP
        _next_try(event, None if given_up else timezone.now() + RETRY)
        raise
    _next_try(event, None)
    return bool(to)


def _next_try(event: SignInEvent, at: datetime | None) -> None:
    SignInEvent.objects.filter(pk=event.pk).update(tell_at=at)


def _message(event: SignInEvent, to: str) -> EmailMessage:
    with translation.override(event.language):
        context = {
            "event": event,
            "shop_name": settings.SHOP_NAME,
            "link": settings.SITE_URL + reverse("account_reset_password"),
        }
        return EmailMessage(
            subject=_("Your account at %s") % settings.SHOP_NAME,
            body=render_to_string("backoffice/signin/notice.txt", context),
            to=[to],
            headers={"Message-ID": f"<sign-in-event-{event.pk}@{urlsplit(settings.SITE_URL).hostname}>"},
        )
