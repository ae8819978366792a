"""The report of a day: asked for once, its parts counted side by side, collected. Only this file writes DayReport."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from background import runs
from background.models import DeadLetter
from background.task import LEASE, nudge
from backoffice.models import DayReport
from orders.models import LineItem, Order, OrderEmail
from payment.models import Payment, Refund

LONGEST_LEASE = timedelta(minutes=5)  # parts may wait for long imports
MOST_ATTEMPTS = 12
BEST = 10

Part = Callable[[tuple[datetime, datetime]], dict[str, Any]]


def ask_for(day: date) -> DayReport:
    """The report of this day, to be made by a worker. A second call gives the same one."""
    with transaction.atomic():
        report = DayReport.objects.filter(day=day).first()
        if report is None:
            run = runs.plan(_("Report of %s") % day.isoformat(), steps=len(PARTS))
            report, _created = DayReport.objects.get_or_create(day=day, defaults={"run": run})
            nudge("backoffice.tasks.make_report", report.pk)
    return report


def begin(pk: int) -> list[str]:
    """Claim a report that is due; the names of its parts, none where there is nothing to do.

    A report whose parts were lost on the way is due again after a lease, which is longer each time.
    """
    report = DayReport.objects.due().filter(pk=pk).first()
    if report is None:
        return []
    lease = min(LEASE * 2**report.attempts, LONGEST_LEASE)
    claim = DayReport.objects.due().filter(pk=pk, attempts=report.attempts)
    if not claim.update(not_before=timezone.now() + lease, attempts=report.attempts + 1):
        return []
    if report.attempts >= MOST_ATTEMPTS:
        runs.fail(report.run_id, _("It was begun too often. See what the workers log."))
        return []
    runs.start(report.run_id)
    runs.step(report.run_id, 0)
    return list(PARTS)


def part(pk: int, name: str) -> dict[str, Any]:
    """The figures of one part, by its name. It only reads, and moves the report's progress."""
    report = DayReport.objects.get(pk=pk)
    start = timezone.make_aware(datetime.combine(report.day, time.min))
    figures = PARTS[name]((start, start + timedelta(days=1)))
    runs.step(report.run_id)
    return {name: figures}


def collect(pk: int, parts: list[dict[str, Any]]) -> None:
    """Put the parts together. A second call changes nothing."""
    figures = {name: found for each in parts for name, found in each.items()}
    if DayReport.objects.filter(pk=pk, figures__isnull=True).update(figures=figures):
        report = DayReport.objects.get(pk=pk)
        runs.finish(report.run_id, _("%d orders were paid.") % figures["orders"].get(Order.Status.PAID, 0))


def _orders(day: tuple[datetime, datetime]) -> dict[str, Any]:
    rows = Order.objects.filter(created__range=day).order_by().values_list("status")
    return dict(rows.annotate(number=Count("pk")))


def _money(day: tuple[datetime, datetime]) -> dict[str, Any]:
    taken = Payment.objects.filter(captured_at__range=day).order_by().values_list("currency")
    given_back = Refund.objects.filter(created__range=day).order_by().values_list("currency")
    return {
        "taken": {currency: str(total) for currency, total in taken.annotate(total=Sum("amount"))},
        "given back": {currency: str(total) for currency, total in given_back.annotate(total=Sum("amount"))},
    }


def _best_sellers(day: tuple[datetime, datetime]) -> dict[str, Any]:
    sold = LineItem.objects.filter(order__paid_at__range=day).order_by().values_list("sku")
    return dict(sold.annotate(units=Sum("quantity")).order_by("-units", "sku")[:BEST])


def _trouble(day: tuple[datetime, datetime]) -> dict[str, Any]:
    return {
        "mails given up": OrderEmail.objects.filter(state=OrderEmail.State.PARKED, created__range=day).count(),
        "orders that call for staff": Order.objects.exclude(attention="").count(),
        "dead letters": DeadLetter.objects.filter(last_at__range=day).count(),
    }


PARTS: dict[str, Part] = {"orders": _orders, "money": _money, "best sellers": _best_sellers, "trouble": _trouble}
