"""Signs of life that readiness reads, and what staff were told of alarms."""

from django.db import models


class Heartbeat(models.Model):
    """When a part of the machinery last ran."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.at:%Y-%m-%d %H:%M:%S}"


class AlarmMail(models.Model):
    """A mail about alarms that was sent to ADMINS: the newest says what they know."""

    names = models.JSONField(help_text="Of the alarms, sorted; empty where the mail said that all is well again.")
    sent_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{len(self.names)} alarms at {self.sent_at:%Y-%m-%d %H:%M:%S}"
