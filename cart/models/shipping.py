"""Ways to send an order, and what they cost to which country and from which weight or subtotal on."""

from collections.abc import Sequence
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from shop.letters import printable

CODES = RegexValidator(r"\A[A-Z]{2}( [A-Z]{2})*\Z", _("Two-letter codes with one space between: DE AT FR"))


class ShippingMethod(models.Model):
    """A way to send an order, to the countries it serves. Countries without a method are not served."""

    class Basis(models.TextChoices):
        WEIGHT = "weight", _("weight in grams")
        SUBTOTAL = "subtotal", _("value of the goods after discount")

    name = models.CharField(max_length=100, validators=[printable])
    countries = models.CharField(
        max_length=1000, validators=[CODES], help_text=_("Two-letter codes with spaces between: DE AT FR")
    )
    price = models.DecimalField(
        max_digits=12,
        decimal_places=3,
        validators=[MinValueValidator(Decimal(0))],
        help_text=_("Where none of the prices below applies."),
    )
    basis = models.CharField(max_length=10, choices=Basis, default=Basis.WEIGHT, help_text=_("Of the prices below."))
    free_from = models.DecimalField(
        max_digits=12,
        decimal_places=3,
        null=True,
        blank=True,
        help_text=_("Free from this value of the goods on, after discount."),
    )
    maximum_weight = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("Grams; heavier orders cannot go this way. Empty: any weight.")
    )
    earliest = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("Working days from payment to delivery, at best.")
    )
    latest = models.PositiveSmallIntegerField(null=True, blank=True, help_text=_("Working days, at worst."))
    position = models.PositiveSmallIntegerField(
        default=0, help_text=_("The first that serves a country is preselected.")
    )
    active = models.BooleanField(default=True)

    bands: Sequence["ShippingPrice"] = ()  # its prices, where pricing.active_methods has read them

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(latest__gte=F("earliest")), name="shipping_latest_not_before_earliest")
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if (self.earliest is None) != (self.latest is None):
            raise ValidationError({"latest": _("Say both the earliest and the latest day, or neither.")})

    @property
    def delivery(self) -> tuple[int, int] | None:
        """Working days from payment to delivery, (earliest, latest); None where that is not known."""
        return None if self.earliest is None or self.latest is None else (self.earliest, self.latest)

    def serves(self, country: str) -> bool:
        return country in self.countries.split()


class ShippingPrice(models.Model):
    """What a method costs from a weight or subtotal on. A row that names the country goes before one for all."""

    method = models.ForeignKey(ShippingMethod, models.CASCADE, related_name="prices")
    countries = models.CharField(
        max_length=1000, blank=True, validators=[CODES], help_text=_("Empty: wherever the method goes.")
    )
    minimum = models.DecimalField(
        max_digits=12,
        decimal_places=3,
        default=0,
        validators=[MinValueValidator(Decimal(0))],
        help_text=_("Inclusive."),
    )
    price = models.DecimalField(max_digits=12, decimal_places=3, validators=[MinValueValidator(Decimal(0))])

    class Meta:
        ordering = ["method", "countries", "minimum"]
        constraints = [
            models.UniqueConstraint(fields=["method", "countries", "minimum"], name="shipping_price_once_per_band")
        ]

    def __str__(self) -> str:
        return f"{self.price} from {self.minimum} {self.countries}".strip()
