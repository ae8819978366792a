"""When the order room calls for people: mails that do not leave, orders that need a decision."""

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from background.health import alarm, counted

from .models import InvoicePdf, Order, OrderEmail

MAILS_WAIT = timedelta(minutes=10)
NAMED = 5
PAPER_TRIES = 3
REMEMBERED = timedelta(days=7)  # a mail that was given up is called out for so long


@alarm
def mails_wait() -> Iterable[str]:
    waiting = OrderEmail.objects.filter(state=OrderEmail.State.QUEUED, round_began__lt=timezone.now() - MAILS_WAIT)
    if number := counted(waiting):
        yield f"Mails that wait for more than 10 minutes to be sent: {number}."


@alarm
def mails_are_given_up() -> Iterable[str]:
    given_up = OrderEmail.objects.filter(state=OrderEmail.State.PARKED, created__gte=timezone.now() - REMEMBERED)
    if number := counted(given_up):
        yield f"Mails of the last 7 days that could not be delivered: {number}."


@alarm
def papers_wait() -> Iterable[str]:
    overdue = Q(not_before__lt=timezone.now() - MAILS_WAIT) | Q(attempts__gte=PAPER_TRIES)
    if number := counted(InvoicePdf.objects.filter(overdue, made_at=None)):
        yield f"Invoices and credit notes that wait for their PDF, or cannot be drawn: {number}."


@alarm
def orders_need_attention() -> Iterable[str]:
    calling = Order.objects.exclude(attention="")
    if number := counted(calling):
        numbers = list(calling.values_list("number", flat=True)[:NAMED])
        yield f"Orders that need attention: {number}, the newest {', '.join(numbers)}."
