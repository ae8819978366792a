"""Fills the shop with wines, shipping and tax, to try it with."""

from typing import Any

from django.core.management.base import BaseCommand

from cart import defaults
from shop import demo


class Command(BaseCommand):
    help = "Load the demo catalogue, and shipping and tax where there are none. What is already there stays as it is."

    def handle(self, *args: Any, **options: Any) -> None:
        defaults.load()
        count = demo.load()
        self.stdout.write(f"{count} demo products loaded." if count else "The demo catalogue is already there.")
