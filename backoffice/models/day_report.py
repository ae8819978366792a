"""The report of each day."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from background.models import TaskRun


class DayReportQuerySet(models.QuerySet["DayReport"]):
    def due(self) -> "DayReportQuerySet":
        """Reports that are not made, and whose next try is not in the future."""
        return self.filter(figures__isnull=True, not_before__lte=timezone.now())


class DayReport(models.Model):
    """What a day brought. Only backoffice/reports.py writes it; amounts in `figures` are text, by currency."""

    day = models.DateField(unique=True)
    run = models.OneToOneField(TaskRun, models.PROTECT, related_name="+", editable=False)
    figures = models.JSONField(null=True, blank=True, help_text=_("Empty until it is made."))
    not_before = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    created = models.DateTimeField(auto_now_add=True)

    objects = DayReportQuerySet.as_manager()

    class Meta:
        ordering = ["-day"]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}"
