"""The cart as rows, and the rules its price is made of. No price is stored in a cart."""

import secrets
from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shop.models import Variant


def new_key() -> str:
    """An unguessable key; the browser holds it signed."""
    return secrets.token_urlsafe(16)


class Cart(models.Model):
    """What one visitor wants to buy. It appears with the first add and is closed by payment."""

    key = models.CharField(max_length=32, unique=True, default=new_key, editable=False)
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    held = models.JSONField(
        default=dict, blank=True, help_text=_("Variant id -> units that its own unpaid order keeps for it.")
    )

    def __str__(self) -> str:
        return f"Cart {self.pk}"

    def available(self, variant: Variant) -> int:
        """How many units this cart may have: those on the shelf, and those that its own order keeps."""
        return variant.available + int(self.held.get(str(variant.pk), 0))


class CartLine(models.Model):
    """So many units of one variant. The variant's price is read fresh, every time."""

    cart = models.ForeignKey(Cart, models.CASCADE, related_name="lines")
    variant = models.ForeignKey(Variant, models.CASCADE, related_name="+")
    quantity = models.PositiveIntegerField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["cart", "variant"], name="cart_line_once_per_variant"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="cart_line_quantity_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.variant_id}"


class ShippingMethod(models.Model):
    """A way to send an order, to the countries it serves. Countries without a method are not served."""

    name = models.CharField(max_length=100)
    countries = models.CharField(max_length=1000, help_text=_("Two-letter codes with spaces between: DE AT FR"))
    price = models.DecimalField(max_digits=12, decimal_places=3, validators=[MinValueValidator(Decimal(0))])
    free_from = models.DecimalField(
        max_digits=12, decimal_places=3, null=True, blank=True, help_text=_("Free from this subtotal on.")
    )
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name


class TaxRate(models.Model):
    """The share of tax in a price for a country, between two dates. Prices include tax."""

    country = models.CharField(max_length=2)
    rate = models.DecimalField(max_digits=6, decimal_places=3, help_text=_("Percent."))
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["country", "-valid_from"]
        constraints = [models.UniqueConstraint(fields=["country", "valid_from"], name="tax_rate_once_per_day")]

    def __str__(self) -> str:
        return f"{self.country} {self.rate} % from {self.valid_from}"
