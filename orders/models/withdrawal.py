"""A consumer's statement that a contract, or a part of it, shall not bind: Directive 2011/83/EU, Art. 9 to 16."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .order import LineItem, Order


class Withdrawal(models.Model):
    """One statement, as it was made. Only orders/services/withdrawing.py writes it."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="withdrawals")
    key = models.UUIDField(unique=True, help_text=_("Of the form it was made with: a second click is the same one."))
    name = models.CharField(max_length=120)
    email = models.EmailField(help_text=_("Where the acknowledgment goes."))
    reason = models.TextField(max_length=1000, blank=True, help_text=_("Nobody has to give one."))
    at = models.DateTimeField(auto_now_add=True)
    handled_at = models.DateTimeField(null=True, blank=True, help_text=_("When staff were done with it."))

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.order}: {self.at:%Y-%m-%d %H:%M}"


class WithdrawalLine(models.Model):
    """Units of a line item that the statement names."""

    withdrawal = models.ForeignKey(Withdrawal, models.CASCADE, related_name="lines")
    line_item = models.ForeignKey(LineItem, models.PROTECT, related_name="withdrawal_lines")
    quantity = models.PositiveIntegerField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gte=1), name="withdrawal_line_quantity_positive"),
            models.UniqueConstraint(fields=["withdrawal", "line_item"], name="withdrawal_line_once_per_item"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.line_item}"
