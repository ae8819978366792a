"""For the owner who lost phone and recovery codes, and whom nobody else can help: whoever reaches this shell may."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from backoffice.signin import audit


class Command(BaseCommand):
    help = "Forget an account's second factors and recovery codes. Its sessions end; the next sign-in sets up new ones."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        account = get_user_model()._default_manager.filter(username=options["username"]).first()
        if account is None:
            raise CommandError("No account has this name.")
        Authenticator.objects.filter(user=account).delete()
        audit.note(None, audit.Kind.FACTORS_RESET, account, "manage.py")
        self.stdout.write(f"{account.get_username()} sets up a new second factor at the next sign-in.")
