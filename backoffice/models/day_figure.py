"""What past days brought, counted ahead for the dashboard."""

from django.db import models


class DayFigure(models.Model):
    """One figure of a day that is over, in the shop's time zone and currency. Only backoffice/dashboard/days.py
    writes it; each day that was counted has one of placed orders, also where it is zero.
    """

    class Kind(models.TextChoices):
        PLACED = "placed", "orders placed"
        CONVERTED = "converted", "orders placed that day and paid since"
        SALES = "sales", "orders paid, by country"
        PRODUCT = "product", "units sold, by product"
        REFUNDED = "refunded", "refunds"

    day = models.DateField()
    kind = models.CharField(max_length=10, choices=Kind)
    key = models.CharField(max_length=20, blank=True, help_text="A country, or the id of a product.")
    number = models.PositiveIntegerField(help_text="Orders, units or refunds.")
    amount = models.DecimalField(max_digits=16, decimal_places=3, default=0, help_text="Including tax.")

    class Meta:
        ordering = ["day", "kind", "key"]
        constraints = [models.UniqueConstraint(fields=["day", "kind", "key"], name="day_figure_once")]
        indexes = [models.Index(fields=["kind", "day"], name="day_figure_kind")]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} {self.kind} {self.key}: {self.number}"
