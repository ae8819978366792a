"""Reports that staff ask for, and their files."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from background.models import TaskRun


class ReportQuerySet(models.QuerySet["Report"]):
    def due(self) -> "ReportQuerySet":
        """Reports that still need a worker, and whose next try is not in the future."""
        return self.filter(finished_at=None, not_before__lte=timezone.now())


class Report(models.Model):
    """Figures of some days as a file. Only backoffice/reports/making.py writes it; it is deleted when it expires."""

    class Kind(models.TextChoices):
        DAYS = "days", _("Sales by day")
        PRODUCTS = "products", _("Sales by product")
        COUNTRIES = "countries", _("Sales by country")
        TAXES = "taxes", _("Tax by country and rate")
        REFUNDS = "refunds", _("Refunds")
        COUPONS = "coupons", _("Coupons")
        CUSTOMERS = "customers", _("Customers")
        STOCK = "stock", _("Stock value")

    class Format(models.TextChoices):
        CSV = "csv", "CSV"
        XLSX = "xlsx", "Excel (XLSX)"

    kind = models.CharField(_("report"), max_length=20, choices=Kind)
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    format = models.CharField(_("file"), max_length=10, choices=Format, default=Format.XLSX)
    language = models.CharField(max_length=10, default="en", editable=False)
    created_by = models.CharField(_("by"), max_length=150, editable=False)
    created = models.DateTimeField(_("asked for"), auto_now_add=True)

    run = models.OneToOneField(TaskRun, models.PROTECT, related_name="+", editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    not_before = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False, help_text=_("Also when it failed for good."))
    size = models.PositiveBigIntegerField(_("bytes"), null=True, editable=False, help_text=_("Empty without a file."))

    objects = ReportQuerySet.as_manager()

    class Meta:
        ordering = ["-created", "-pk"]
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        constraints = [models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="report_days_in_order")]
        indexes = [models.Index(fields=["not_before"], condition=Q(finished_at=None), name="report_due")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.first_day:%Y-%m-%d} – {self.last_day:%Y-%m-%d}"

    @property
    def file_name(self) -> str:
        """What the download is called."""
        return f"{self.kind}-{self.first_day:%Y-%m-%d}-{self.last_day:%Y-%m-%d}.{self.format}"


class ReportChunk(models.Model):
    """A piece of a report's file. It stands in the database: web and worker need no folder in common."""

    report = models.ForeignKey(Report, models.CASCADE, related_name="chunks")
    position = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["report", "position"], name="report_chunk_once")]

    def __str__(self) -> str:
        return f"{self.report_id}: {self.position}"
