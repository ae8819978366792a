"""Makes the staff account of a development machine, and says how to sign in."""

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from backoffice.signin import codes


class Command(BaseCommand):
    help = "Create the staff account admin/admin. Only with DEBUG=1; elsewhere use createsuperuser."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("Only with DEBUG=1. Elsewhere: manage.py createsuperuser")
        users = get_user_model()._default_manager
        admin = users.filter(username="admin").first() or users.create_superuser("admin", "admin@localhost", "admin")
        codes.enrol_for_development(admin)
        self.stdout.write(
            f"Staff: {settings.SITE_URL}/admin/ with admin / admin, and the code that the next page shows"
            " (development only)"
        )
