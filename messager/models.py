"""What visitors wrote to the shop, and how far a worker has come with it."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from background.models import TaskRun


class MessageQuerySet(models.QuerySet["Message"]):
    def due(self) -> "MessageQuerySet":
        """Messages that still need a worker, and whose next try is not in the future."""
        return self.filter(state=Message.State.RECEIVED, not_before__lte=timezone.now())


class Message(models.Model):
    """One message. Whoever holds the token of its run sees what became of it, and nobody sees another's."""

    class State(models.TextChoices):
        RECEIVED = "received", _("to be passed on")
        PASSED_ON = "passed_on", _("passed on to staff")
        REFUSED = "refused", _("refused")
        PARKED = "parked", _("given up")

    run = models.OneToOneField(TaskRun, models.PROTECT, related_name="+", editable=False)
    name = models.CharField(max_length=120, blank=True)
    email = models.EmailField()
    text = models.TextField()
    language = models.CharField(max_length=10)
    visitor_hash = models.CharField(max_length=64, editable=False)

    state = models.CharField(max_length=10, choices=State, default=State.RECEIVED)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(default=timezone.now)
    last_error = models.CharField(max_length=300, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    staff_told_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["-created", "-pk"]
        indexes = [
            models.Index(fields=["not_before"], condition=Q(state="received"), name="message_due"),
            models.Index(fields=["visitor_hash", "created"], name="message_visitor"),
            models.Index(fields=["created"], name="message_created"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """What staff and sender call it."""
        return f"M{self.pk}"
