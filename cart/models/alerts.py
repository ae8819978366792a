"""Who waits for what is sold out."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shop.models import Variant, is_published

MOST_ATTEMPTS = 12  # then a mail is given up; with growing waits that is about a day after the first


class StockAlertQuerySet(models.QuerySet["StockAlert"]):
    def due(self) -> "StockAlertQuerySet":
        """Alerts whose variant can be bought again, and whose next try is not in the future."""
        back = self.filter(is_published("variant__product__"), variant__available__gt=0)
        return back.filter(not_before__lte=timezone.now(), attempts__lt=MOST_ATTEMPTS)


class StockAlert(models.Model):
    """Somebody wants one mail when a sold-out variant is back. The row goes with that mail."""

    variant = models.ForeignKey(Variant, models.CASCADE, related_name="+")
    email = models.EmailField(help_text=_("In small letters."))
    language = models.CharField(max_length=10)

    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(default=timezone.now)
    last_error = models.CharField(max_length=300, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    objects = StockAlertQuerySet.as_manager()

    class Meta:
        ordering = ["created", "pk"]
        constraints = [models.UniqueConstraint(fields=["variant", "email"], name="stock_alert_once_per_address")]
        indexes = [models.Index(fields=["email"], name="stock_alert_email")]

    def __str__(self) -> str:
        return str(self.variant)
