"""manage.py reconcile --days N: compare the shop's books with Stripe's now, repair, and print the report."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from payment import gateway
from payment.models import ReconcileReport
from payment.reconcile import reconcile


class Command(BaseCommand):
    help = (
        "Compare payments, refunds and disputes of the last days with Stripe, repair, and report. Exits 1 if unclean."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, default=7, help="how far to look back (7)")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["days"] <= 3650:
            raise CommandError("--days is a number from 1 to 3650.")
        try:
            report = reconcile(timezone.now() - timedelta(days=options["days"]))
        except gateway.Unavailable as error:
            raise CommandError(f"Stripe did not answer to the end: {error}") from error
        if report is None:
            raise CommandError("Another reconciler is at work; its report will be in the admin.")
        self._print(report)
        if not report.is_clean:
            raise CommandError("The books do not agree.")

    def _print(self, report: ReconcileReport) -> None:
        for title, findings in (("repaired", report.repaired), ("unexplained", report.unexplained)):
            for finding in findings:
                order = f" (order {finding['order']})" if finding["order"] else ""
                self.stdout.write(f"{title}: {finding['object']}{order}: {finding['what']}")
        for currency, lines in report.balance.items():
            for name, line in lines.items():
                sides = f"{line['here']} here, {line['there']} at Stripe, difference {line['difference']}"
                self.stdout.write(f"{currency} {name}: {sides}")
        self.stdout.write(f"{report.repaired_count} repaired, {report.unexplained_count} unexplained.")
