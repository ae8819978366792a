"""Somebody asked for the link to an order: what a worker has to answer, and what the limits count."""

from django.db import models


class LookupRequest(models.Model):
    """One request, whether such an order exists or not. The address and the visitor are kept as keyed hashes only."""

    number = models.CharField(max_length=20)
    email_hash = models.CharField(max_length=64)
    visitor_hash = models.CharField(max_length=64)
    at = models.DateTimeField(auto_now_add=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["email_hash", "at"], name="lookup_email"),
            models.Index(fields=["visitor_hash", "at"], name="lookup_visitor"),
            models.Index(fields=["at"], name="lookup_at"),
        ]

    def __str__(self) -> str:
        return f"{self.number} at {self.at:%Y-%m-%d %H:%M}"
