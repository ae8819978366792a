"""The keys of other programs, and the orders that came through them."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.models import Order


class ApiKey(models.Model):
    """One program that may use the API. Its secret is shown once and kept as a hash; see backoffice/api/keys.py."""

    name = models.CharField(max_length=80, unique=True, help_text=_("Of the program that uses it."))
    prefix = models.CharField(max_length=16, unique=True, editable=False, help_text=_("To tell keys apart."))
    secret_hash = models.CharField(max_length=64, editable=False)

    create_order = models.BooleanField(default=False, help_text=_("May make orders."))
    custom_amount = models.BooleanField(
        default=False, help_text=_("May make orders of an amount that no products stand for.")
    )
    requests_per_minute = models.PositiveIntegerField(default=60, validators=[MinValueValidator(1)])

    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+")
    created = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ApiOrder(models.Model):
    """An order as its program knows it. Only backoffice/api/orders.py writes it, in the order's own transaction."""

    key = models.ForeignKey(ApiKey, models.PROTECT, related_name="orders")
    reference = models.CharField(max_length=64, help_text=_("The caller's number of the order."))
    customer_reference = models.CharField(max_length=64, blank=True, help_text=_("The caller's; never looked up."))
    body_hash = models.CharField(max_length=64, help_text=_("Of what was asked: the same again is the same order."))
    order = models.OneToOneField(Order, models.PROTECT, null=True, related_name="+")  # null until its transaction ends
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "reference"], name="api_order_once_per_reference")]

    def __str__(self) -> str:
        return f"{self.key}: {self.reference}"
