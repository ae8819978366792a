"""Tells shoppers by mail, once, that what was sold out is back. Only this file writes StockAlert."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import F
from django.template import Context
from django.template.loader import get_template
from django.utils import timezone, translation

from cart.models import StockAlert
from shop import profile
from shop.models import Variant

LEASE = timedelta(seconds=60)  # the hard time limit of a task: after it, nobody is sending this mail any more
FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=4)
KEPT = timedelta(days=365)  # who waited for so long has bought elsewhere
MOST_WAITING = 20  # alerts of one address


class TooManyAlerts(Exception):
    """This address waits for so much already that no more is noted."""


def request_alert(variant: Variant, email: str, *, language: str) -> None:
    """Note that this address wants a mail when the variant is back. A second call for the same changes nothing.

    Raises TooManyAlerts: anybody can type anybody's address.
    """
    alerts = StockAlert.objects.filter(email=email.lower())
    if alerts.exclude(variant=variant).count() >= MOST_WAITING:
        raise TooManyAlerts
    StockAlert.objects.get_or_create(variant=variant, email=email.lower(), defaults={"language": language})


def send_alert(pk: int) -> bool:
    """Send the mail of this alert if its variant is back, then forget who asked; whether that was done now.

    Claimed first, so a second call, also at the same moment, does nothing. A failure is raised after the next try has
    been set. A process that dies between the two sends the mail again, with the same Message-ID.
    """
    due = StockAlert.objects.due().filter(pk=pk)
    if not due.update(not_before=timezone.now() + LEASE, attempts=F("attempts") + 1):
        return False
    alert = StockAlert.objects.select_related("variant__product").get(pk=pk)
    try:
        with translation.override(alert.language):
            _message(alert).send()
    except Exception as error:
        wait = min(FIRST_RETRY * 2 ** (alert.attempts - 1), LONGEST_RETRY)
        words = f"{type(error).__name__}: {error}"[:300]
        StockAlert.objects.filter(pk=pk).update(not_before=timezone.now() + wait, last_error=words)
        raise
    alert.delete()
    return True


def due_alerts(most: int) -> list[int]:
    """Up to `most` alerts to be sent now, those who asked first before the others."""
    return list(StockAlert.objects.due().order_by("created", "pk").values_list("pk", flat=True)[:most])


def forget_alerts(email: str) -> int:
    """Delete what this address waits for, in whatever case it is written; how many. A second call deletes nothing."""
    return StockAlert.objects.filter(email=email.lower()).delete()[0]


def forget_old_alerts() -> None:
    """Delete what nobody waits for any more. A second call deletes nothing."""
    StockAlert.objects.filter(created__lt=timezone.now() - KEPT).delete()


def _message(alert: StockAlert) -> EmailMultiAlternatives:
    values = {
        "variant": alert.variant,
        "url": settings.SITE_URL + alert.variant.get_absolute_url(),
        "shop_name": settings.SHOP_NAME,
        "profile": profile.current(),
    }
    host = urlsplit(settings.SITE_URL).hostname
    message = EmailMultiAlternatives(
        subject=" ".join(_pour("subject.txt", values).split()),
        body=re.sub(r"\n{3,}", "\n\n", _pour("mail.txt", values)).strip() + "\n",
        to=[alert.email],
        headers={"Message-ID": f"<back.{alert.pk}.{alert.created.timestamp():.0f}@{host}>"},  # the same for every try
    )
    message.attach_alternative(_pour("mail.html", values), "text/html")
    return message


def _pour(layout: str, values: dict[str, object]) -> str:
    """The words of the mail in one of the layouts of all mails. Only HTML escapes."""
    words = get_template("cart/email/back_in_stock.txt").template  # type: ignore[attr-defined]
    context = Context(values | {"layout": f"orders/email/layout/{layout}"}, autoescape=layout.endswith(".html"))
    return str(words.render(context))
