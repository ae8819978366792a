"""Parcels of an order: which units went out, with whom, and when they arrived."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.carriers import Carrier, tracking_link

from .order import LineItem, Order


class Shipment(models.Model):
    """One parcel that left. Only orders/services/shipping.py writes it."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="shipments")
    carrier = models.CharField(_("carrier"), max_length=20, choices=Carrier)
    tracking_number = models.CharField(_("tracking number"), max_length=60, blank=True)
    tracking_url = models.URLField(_("tracking link"), max_length=300, blank=True)
    actor = models.CharField(max_length=150)
    shipped_at = models.DateTimeField(default=timezone.now)
    delivered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["shipped_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(delivered_at=None) | Q(delivered_at__gte=F("shipped_at")),
                name="shipment_delivered_after_shipped",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_carrier_display()} {self.tracking_number}".strip()

    @property
    def carrier_name(self) -> str:
        """For the shopper; empty for one that our table does not know."""
        return "" if self.carrier == Carrier.OTHER else self.get_carrier_display()

    @property
    def tracking_link(self) -> str:
        """Where the shopper can follow the parcel; empty where nobody said."""
        return self.tracking_url or tracking_link(self.carrier, self.tracking_number)


class ShipmentLine(models.Model):
    """Units of a line item in a parcel."""

    shipment = models.ForeignKey(Shipment, models.CASCADE, related_name="lines")
    line_item = models.ForeignKey(LineItem, models.PROTECT, related_name="shipment_lines")
    quantity = models.PositiveIntegerField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gte=1), name="shipment_line_quantity_positive"),
            models.UniqueConstraint(fields=["shipment", "line_item"], name="shipment_line_once_per_item"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.line_item}"
