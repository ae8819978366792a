"""The scheduler's sign of life, and the mail about alarms."""

from django.utils import timezone

from . import alarm_mail
from .models import Heartbeat
from .task import background_task


@background_task(topic="default.heartbeat", ignore_result=True)
def beat() -> None:
    """Note that beat and a worker both live. Twice is the same as once, later."""
    Heartbeat.objects.update_or_create(name="beat", defaults={"at": timezone.now()})


@background_task(topic="mail.alarm", ignore_result=True)
def tell_admins() -> None:
    """Mail ADMINS when alarms come or go, and once a day while they last. A second run sends nothing."""
    alarm_mail.tell_admins()
