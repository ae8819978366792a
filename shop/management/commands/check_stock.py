"""Proves that the stock ledger's sums are the counters."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from shop import stock


class Command(BaseCommand):
    help = "Compare every variant's counters with its stock ledger; exit 1 with a table where they differ."

    def handle(self, *args: Any, **options: Any) -> None:
        found = stock.differences()
        if not found:
            self.stdout.write("The stock ledger and the counters agree.")
            return
        self.stdout.write(f"{'SKU':40}  {'counter':8}  {'units':>10}  {'ledger':>10}")
        for row in found:
            self.stdout.write(f"{row.sku:40}  {row.counter:8}  {row.units:10}  {row.ledger:10}")
        raise CommandError(f"The stock ledger does not explain {len(found)} counters.")
