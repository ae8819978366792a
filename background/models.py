"""What the machinery remembers: signs of life, alarms told, dead letters, counts, limits, and work that is watched."""

import secrets

from django.db import models
from django.utils.translation import gettext_lazy as _


def new_token() -> str:
    """The unguessable part of the address of a task's page."""
    return secrets.token_urlsafe(24)


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


class DeadLetter(models.Model):
    """A message that was delivered too often: it killed its workers, or outlived the time limit each time."""

    class State(models.TextChoices):
        NUDGED = "nudged", _("being worked on again")
        PARKED = "parked", _("given up")

    task = models.CharField(max_length=200)
    arguments = models.JSONField(help_text=_("Ids of rows."))
    topic = models.CharField(max_length=200)
    reason = models.CharField(max_length=40, help_text=_("The broker's word."))

    state = models.CharField(max_length=10, choices=State, default=State.NUDGED)
    deaths = models.PositiveSmallIntegerField(default=0, help_text=_("How often it came here within a day."))
    first_at = models.DateTimeField(auto_now_add=True)
    last_at = models.DateTimeField()

    class Meta:
        ordering = ["-last_at"]
        constraints = [models.UniqueConstraint(fields=["task", "arguments"], name="dead_letter_once")]

    def __str__(self) -> str:
        return f"{self.task}{tuple(self.arguments)}"


class Count(models.Model):
    """Something that all processes count together. Only background/counts.py writes it."""

    name = models.CharField(max_length=40)
    labels = models.CharField(max_length=300, help_text="JSON, names sorted.")
    value = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "labels"], name="count_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.labels}: {self.value:g}"


class Limit(models.Model):
    """How much of something one visitor has done since a moment. Only background/limits.py writes it."""

    name = models.CharField(max_length=40)
    visitor_hash = models.CharField(max_length=64)
    since = models.DateTimeField(db_index=True)
    spent = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "visitor_hash"], name="limit_once_per_visitor")]

    def __str__(self) -> str:
        return f"{self.name}: {self.spent}"


class TaskRun(models.Model):
    """A piece of work in the background that somebody waits for. Only background/runs.py writes it."""

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting for a worker")
        STARTED = "started", _("being worked on")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    token = models.CharField(max_length=64, unique=True, default=new_token, editable=False)
    title = models.CharField(max_length=120)

    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    steps_done = models.PositiveIntegerField(default=0)
    steps = models.PositiveIntegerField(default=0, help_text=_("Zero where nobody knows how many there will be."))
    words = models.CharField(max_length=300, blank=True, help_text=_("The result, or why it failed, for who waits."))
    created = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created", "-pk"]

    def __str__(self) -> str:
        return f"{self.title}: {self.get_state_display()}"

    @property
    def is_over(self) -> bool:
        return self.state in {self.State.DONE, self.State.FAILED}
