"""Numbered papers: invoices, and the credit notes that correct them. Only orders/documents/ writes them."""

from typing import Any, NoReturn

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .order import Order


class Immutable(Exception):
    """Somebody tried to change or delete a paper that has been issued."""


class InvoiceQuerySet(models.QuerySet["Invoice"]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise Immutable("a paper that was issued is never changed")

    def delete(self) -> NoReturn:
        raise Immutable("a paper that was issued is never deleted")


class Invoice(models.Model):
    """An invoice, or a credit note that corrects one: what it says is kept as it was on that day, and never changes."""

    class Kind(models.TextChoices):
        INVOICE = "invoice", _("invoice")
        CREDIT_NOTE = "credit_note", _("credit note")

    order = models.ForeignKey(Order, models.PROTECT, related_name="invoices")
    kind = models.CharField(max_length=20, choices=Kind)
    corrects = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="credit_notes")
    reference = models.CharField(max_length=60, blank=True, help_text=_("Which refund a credit note is for."))

    series = models.CharField(max_length=20)
    position = models.PositiveIntegerField(help_text=_("Within the series, without gaps."))
    number = models.CharField(max_length=40, unique=True)
    issued_on = models.DateField()

    currency = models.CharField(max_length=3)
    total = models.DecimalField(max_digits=12, decimal_places=3, help_text=_("Including tax."))
    content = models.JSONField(help_text=_("Everything that the paper says. Amounts are text."))
    created = models.DateTimeField(auto_now_add=True)

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["series", "position"], name="invoice_position_once"),
            models.UniqueConstraint(fields=["order", "kind", "reference"], name="invoice_once_per_fact"),
            models.CheckConstraint(
                condition=Q(kind="invoice", corrects=None) | Q(kind="credit_note", corrects__isnull=False),
                name="invoice_corrected_by_credit_notes",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise Immutable("a paper that was issued is never changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise Immutable("a paper that was issued is never deleted")

    @property
    def is_credit_note(self) -> bool:
        return self.kind == self.Kind.CREDIT_NOTE

    @property
    def file_name(self) -> str:
        """What a download is called."""
        return f"{self.number}.pdf"


class InvoicePdfQuerySet(models.QuerySet["InvoicePdf"]):
    def due(self) -> "InvoicePdfQuerySet":
        """Papers without a PDF, whose next try is not in the future."""
        return self.filter(made_at=None, not_before__lte=timezone.now())


class InvoicePdf(models.Model):
    """The PDF of a paper, made once by a worker.

    Its bytes stand in the database: they are in every backup with the row they belong to, and web and worker need no
    folder in common. A paper takes some 30 KB.
    """

    invoice = models.OneToOneField(Invoice, models.PROTECT, primary_key=True, related_name="pdf")
    data = models.BinaryField(null=True, editable=False)
    made_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(default=timezone.now)
    last_error = models.CharField(max_length=300, blank=True)

    objects = InvoicePdfQuerySet.as_manager()

    class Meta:
        verbose_name = "PDF"
        indexes = [models.Index(fields=["not_before"], condition=Q(made_at=None), name="invoice_pdf_due")]

    def __str__(self) -> str:
        return f"PDF of {self.invoice_id}"


class InvoiceCounter(models.Model):
    """The last number given in a series. Its row is the last lock that a transaction takes."""

    series = models.CharField(max_length=20, unique=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.series}: {self.last}"
