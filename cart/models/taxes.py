"""Rates of tax by country and class, each between two dates."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Expression, F, Q
from django.utils.translation import gettext_lazy as _

from shop.models import TaxClass


class TaxRateQuerySet(models.QuerySet["TaxRate"]):
    def on(self, day: date | Expression) -> "TaxRateQuerySet":
        """The rates in force on that day."""
        return self.filter(valid_from__lte=day).exclude(valid_until__lt=day)


class TaxRate(models.Model):
    """What a country takes of a class of goods, between two dates."""

    country = models.CharField(max_length=2, validators=[RegexValidator(r"\A[A-Z]{2}\Z", _("Two capital letters: DE"))])
    region = models.CharField(
        max_length=100, blank=True, help_text=_("As in addresses. Empty: everywhere that has no rate of its own.")
    )
    tax_class = models.CharField(max_length=20, choices=TaxClass, default=TaxClass.STANDARD)
    rate = models.DecimalField(
        max_digits=6,
        decimal_places=3,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
        help_text=_("Percent."),
    )
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True, help_text=_("The last day; empty: until further notice."))

    objects = TaxRateQuerySet.as_manager()

    class Meta:
        ordering = ["country", "region", "tax_class", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["country", "region", "tax_class", "valid_from"], name="tax_rate_once_per_class_and_day"
            ),
            models.CheckConstraint(condition=Q(valid_until__gte=F("valid_from")), name="tax_rate_ends_after_it_starts"),
        ]

    def __str__(self) -> str:
        return f"{self.country} {self.get_tax_class_display()} {self.rate} % from {self.valid_from}"

    def clean(self) -> None:
        """Refuse a rate whose days overlap with another's for the same place and class."""
        if self.valid_from is None:
            return
        if self.valid_until and self.valid_until < self.valid_from:
            raise ValidationError({"valid_until": _("The last day lies before the first.")})
        same = TaxRate.objects.filter(country=self.country, region__iexact=self.region, tax_class=self.tax_class)
        overlap: dict[str, Any] = {"valid_from__lte": self.valid_until} if self.valid_until else {}
        other = same.exclude(pk=self.pk).filter(**overlap).exclude(valid_until__lt=self.valid_from).first()
        if other:
            raise ValidationError(_("It overlaps with another rate: %s. Give that one a last day first.") % other)
