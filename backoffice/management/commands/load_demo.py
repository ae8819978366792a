"""Fills the shop with wines, shipping and tax, to try it with."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from cart import defaults
from shop import demo
from shop.models import Product


class Command(BaseCommand):
    help = "Load the demo catalogue, and shipping and tax where there are none. What is already there stays as it is."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="only into a shop that has no product yet")

    def handle(self, *args: Any, **options: Any) -> None:
        defaults.load()
        if options["if_empty"] and Product.objects.exists():
            self.stdout.write("The shop has products already.")
            return
        count = demo.load()
        self.stdout.write(f"{count} demo products loaded." if count else "The demo catalogue is already there.")
