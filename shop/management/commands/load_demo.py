"""`manage.py load_demo`: fill the shop with wines to try it with."""

from typing import Any

from django.core.management.base import BaseCommand

from shop import demo


class Command(BaseCommand):
    help = "Load the demo catalogue of about 60 wines. What is already there stays as it is."

    def handle(self, *args: Any, **options: Any) -> None:
        count = demo.load()
        self.stdout.write(f"{count} demo products loaded." if count else "The demo catalogue is already there.")
