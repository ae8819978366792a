"""The scheduler's sign of life."""

from django.utils import timezone

from .models import Heartbeat
from .task import background_task


@background_task(ignore_result=True)
def beat() -> None:
    """Note that beat and a worker both live. Twice is the same as once, later."""
    Heartbeat.objects.update_or_create(name="beat", defaults={"at": timezone.now()})
