"""Signs of life that readiness reads."""

from django.db import models


class Heartbeat(models.Model):
    """When a part of the machinery last ran."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.at:%Y-%m-%d %H:%M:%S}"
