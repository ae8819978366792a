"""Files that staff upload to change the catalogue, and what was found in them. Only shop/importing writes these."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class CatalogueImportQuerySet(models.QuerySet["CatalogueImport"]):
    def due(self) -> "CatalogueImportQuerySet":
        """Imports that a worker has to look at now."""
        return self.filter(state__in=CatalogueImport.WORKING, not_before__lte=timezone.now())


class CatalogueImport(models.Model):
    """A CSV file: uploaded, checked without changing anything, then written in one transaction."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("uploaded")
        CHECKING = "checking", _("being checked")
        CHECKED = "checked", _("checked")
        WRITING = "writing", _("being written")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    WORKING = (State.CHECKING, State.WRITING)

    name = models.CharField(max_length=200)
    content = models.BinaryField(editable=False)
    columns = models.JSONField(default=dict, blank=True, help_text=_("Heading in the file: column of the catalogue."))

    state = models.CharField(max_length=10, choices=State, default=State.UPLOADED)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(default=timezone.now)
    last_error = models.CharField(max_length=300, blank=True)
    lines_done = models.PositiveIntegerField(default=0)
    lines_total = models.PositiveIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True, help_text=_("Of the changes that the check found."))

    created_by = models.CharField(max_length=150, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    finished = models.DateTimeField(null=True, blank=True)

    objects = CatalogueImportQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["not_before"], condition=Q(state__in=["checking", "writing"]), name="import_due")
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.created:%Y-%m-%d %H:%M}"

    @property
    def is_working(self) -> bool:
        return self.state in self.WORKING


class ImportFinding(models.Model):
    """What an import would change, or why it cannot, at one line of its file."""

    class Kind(models.TextChoices):
        ERROR = "error", _("error")
        ADD = "add", _("new")
        CHANGE = "change", _("change")

    catalogue_import = models.ForeignKey(CatalogueImport, models.CASCADE, related_name="findings")
    line = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    sku = models.CharField("SKU", max_length=40, blank=True)
    text = models.TextField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.line}: {self.text}"
