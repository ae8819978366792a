"""What happened to variants: each change of their stock, and that they were bought. Rows are never edited."""

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .products import Variant


class StockMovement(models.Model):
    """One change of a variant's counters: the ledger whose sums they equal. Never edited."""

    class Kind(models.TextChoices):
        RESERVE = "reserve", _("reserved for an order")
        RELEASE = "release", _("released from an order")
        SHIP = "ship", _("shipped")
        RETURN = "return", _("returned")
        ADJUST = "adjust", _("counted or delivered")

    variant = models.ForeignKey(Variant, models.CASCADE, related_name="stock_movements")
    kind = models.CharField(max_length=10, choices=Kind)
    on_hand = models.IntegerField(default=0, help_text=_("Change of the units on hand."))
    reserved = models.IntegerField(default=0, help_text=_("Change of the units reserved."))
    reference = models.CharField(max_length=60, blank=True, db_index=True, help_text=_("An order's number, or why."))
    actor = models.CharField(max_length=150, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.variant_id}: {self.kind} {self.on_hand:+d}/{self.reserved:+d} {self.reference}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk:
            raise ValueError("A stock movement is never changed; write another one.")
        super().save(*args, **kwargs)


class LowStock(models.Model):
    """That a variant fell below its mark. The row goes when it rises above again: so staff are told once a fall."""

    variant = models.OneToOneField(Variant, models.CASCADE, related_name="low_stock")
    fell_at = models.DateTimeField(auto_now_add=True)
    told_at = models.DateTimeField(null=True, help_text=_("Empty until the mail was sent."))
    not_before = models.DateTimeField(default=timezone.now, help_text=_("When the mail may next be tried."))

    def __str__(self) -> str:
        return f"{self.variant_id} since {self.fell_at:%Y-%m-%d}"


class Sale(models.Model):
    """That a variant was bought once: what best sellers and recommendations are computed from."""

    reference = models.CharField(max_length=60, help_text=_("An order's number."))
    variant = models.ForeignKey(Variant, models.CASCADE, related_name="sales")
    at = models.DateTimeField()
    is_learned = models.BooleanField(default=False, help_text=_("Recommendations know of it."))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reference", "variant"], name="sale_recorded_once")]
        indexes = [models.Index(fields=["at"], condition=models.Q(is_learned=False), name="sale_to_learn_from")]

    def __str__(self) -> str:
        return f"{self.variant_id} in {self.reference}"
