"""Takes a customer's personal data out of the shop; invoices and figures stay."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backoffice.erasure import NothingKnown, erase_customer
from orders.services import CannotErase


class Command(BaseCommand):
    help = "Erase the personal data of whoever has this email address. It cannot be undone."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["yes"] and input(f"Erase {options['email']}? Type yes: ") != "yes":
            raise CommandError("Nothing was erased.")
        try:
            erased = erase_customer(options["email"], actor="command line")
        except (CannotErase, NothingKnown) as error:
            raise CommandError(f"Nothing was erased. {str(error) or 'Nothing is known of this address.'}") from error
        self.stdout.write(f"Erased from {erased.orders} orders and {erased.messages} messages.")
