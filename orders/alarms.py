"""When the order room calls for people: mails that do not leave, orders that need a decision."""

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from background.health import Rows, alarm

from .models import InvoicePdf, Order, OrderEmail

MAILS_WAIT = timedelta(minutes=10)
NAMED = 5
PAPER_TRIES = 3
REMEMBERED = timedelta(days=7)  # a mail that was given up is called out for so long


@alarm
def mails_wait() -> Iterable[Rows]:
    waiting = OrderEmail.objects.filter(state=OrderEmail.State.QUEUED, round_began__lt=timezone.now() - MAILS_WAIT)
    yield Rows(waiting, _("Mails that wait for more than 10 minutes to be sent: %s."))


@alarm
def mails_are_given_up() -> Iterable[Rows]:
    given_up = OrderEmail.objects.filter(state=OrderEmail.State.PARKED, created__gte=timezone.now() - REMEMBERED)
    yield Rows(given_up, _("Mails of the last 7 days that could not be delivered: %s."))


@alarm
def papers_wait() -> Iterable[Rows]:
    overdue = Q(not_before__lt=timezone.now() - MAILS_WAIT) | Q(attempts__gte=PAPER_TRIES)
    yield Rows(
        InvoicePdf.objects.filter(overdue, made_at=None),
        _("Invoices and credit notes that wait for their PDF, or cannot be drawn: %s."),
    )


@alarm
def orders_need_attention() -> Iterable[Rows]:
    calling = Order.objects.exclude(attention="")
    if newest := ", ".join(calling.values_list("number", flat=True)[:NAMED]):
        sentence = _("Orders that need attention: %(number)s, the newest %(newest)s.")
        yield Rows(calling, sentence % {"number": "%s", "newest": newest})
