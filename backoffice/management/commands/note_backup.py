"""`manage.py note_backup`: what a backup program calls when it is done, so that an alarm can miss the next one."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from background.models import Heartbeat


class Command(BaseCommand):
    help = "Note that a backup was made just now. From then on an alarm tells when a day goes by without one."

    def handle(self, *args: Any, **options: Any) -> None:
        Heartbeat.objects.update_or_create(name="backup", defaults={"at": timezone.now()})
