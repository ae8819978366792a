"""Finding an order by its number and email: the page always answers the same, and a worker sends the link, if any.

So neither the words nor the time of the answer tell whether the order exists: the web process never looks.
"""

import re
from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from background.task import nudge

from .emails import owe
from .models import LookupRequest, Order, OrderEmail

WINDOW = timedelta(hours=1)
KEPT = timedelta(days=1)
BATCH = 200
OVERDUE = timedelta(seconds=15)  # a request that nobody answered by then is nudged again; twice does no harm


class TooManyLookups(Exception):
    """This visitor, or somebody about this address, asked too often within the hour."""


def ask(number: str, email: str, *, visitor: str) -> None:
    """Write down that a link is wanted; a worker answers. Raises TooManyLookups. A second call is a second request.

    Costs the same, whether the order exists or not.
    """
    email_hash, visitor_hash = _hash("email", email.lower()), _hash("visitor", visitor)
    recent = LookupRequest.objects.filter(at__gte=timezone.now() - WINDOW)
    by_email = recent.filter(email_hash=email_hash).count()
    by_visitor = recent.filter(visitor_hash=visitor_hash).count()
    if by_email >= settings.LOOKUPS_PER_EMAIL or by_visitor >= settings.LOOKUPS_PER_VISITOR:
        raise TooManyLookups
    asked = LookupRequest.objects.create(number=written(number), email_hash=email_hash, visitor_hash=visitor_hash)
    nudge("orders.tasks.answer_lookup", asked.pk)


def answer(pk: int) -> bool:
    """Owe the mail with the link, if number and email belong together; whether this call did. Twice does nothing."""
    asked = LookupRequest.objects.filter(pk=pk, answered_at=None).first()
    if asked is None:
        return False
    order = Order.objects.filter(number=asked.number).first()
    found = order is not None and constant_time_compare(_hash("email", order.email.lower()), asked.email_hash)
    if order and found:
        owe(order, OrderEmail.Kind.LINK, reference=f"lookup-{asked.pk}")
    LookupRequest.objects.filter(pk=pk).update(answered_at=timezone.now())
    return found


def overdue() -> list[int]:
    """Requests that a worker should have answered by now."""
    waiting = LookupRequest.objects.filter(answered_at=None, at__lte=timezone.now() - OVERDUE)
    return list(waiting.values_list("pk", flat=True)[:BATCH])


def forget_old() -> None:
    """Delete requests that no limit counts any more."""
    LookupRequest.objects.filter(at__lt=timezone.now() - KEPT).delete()


def forget(email: str) -> None:
    """Delete what was asked about this address."""
    LookupRequest.objects.filter(email_hash=_hash("email", email.lower())).delete()


def written(number: str) -> str:
    """The number as orders carry it: case, spaces and the hyphen are forgiven."""
    letters = re.sub(r"[^0-9A-Z]", "", number.upper())[:19]
    return f"{letters[:4]}-{letters[4:]}"


def _hash(what: str, value: str) -> str:
    return salted_hmac(f"lookup {what}", value, algorithm="sha256").hexdigest()
