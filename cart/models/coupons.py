"""Coupons, and which order used which. Only cart/coupons.py writes Coupon.used and uses."""

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from shop.models import Category, Product

LONGEST_CODE = 40


def plain_code(typed: str) -> str:
    """A code as it is kept: case, spaces and dashes do not matter."""
    return "".join(letter for letter in typed.upper() if letter.isalnum())


def customer_key(email: str) -> str:
    """What stands for a customer where uses are counted: it cannot be turned back into the address."""
    return salted_hmac("cart.coupons", email.strip().casefold(), algorithm="sha256").hexdigest()


class Coupon(models.Model):
    """A discount for those who know its code: on everything, on a shelf with the shelves in it, or on one product."""

    class Kind(models.TextChoices):
        PERCENT = "percent", _("percent")
        AMOUNT = "amount", _("amount")

    code = models.CharField(max_length=LONGEST_CODE, unique=True, help_text=_("Case, spaces and dashes do not matter."))
    batch = models.CharField(max_length=60, blank=True, db_index=True, help_text=_("Coupons made together share it."))
    active = models.BooleanField(default=True)

    kind = models.CharField(max_length=10, choices=Kind, default=Kind.PERCENT)
    value = models.DecimalField(
        max_digits=12,
        decimal_places=3,
        validators=[MinValueValidator(Decimal("0.001"))],
        help_text=_("Percent, or an amount in the shop's currency."),
    )
    category = models.ForeignKey(
        Category, models.CASCADE, null=True, blank=True, related_name="+", help_text=_("Only for what stands here.")
    )
    product = models.ForeignKey(
        Product, models.CASCADE, null=True, blank=True, related_name="+", help_text=_("Only for this product.")
    )
    stackable = models.BooleanField(default=False, help_text=_("May be used together with other such coupons."))

    minimum_spend = models.DecimalField(
        max_digits=12,
        decimal_places=3,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
        help_text=_("Of the goods that it is for, before discounts."),
    )
    minimum_quantity = models.PositiveIntegerField(null=True, blank=True, help_text=_("Units that it is for."))
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True)
    first_order_only = models.BooleanField(default=False, help_text=_("For customers who have paid no order yet."))
    limit = models.PositiveIntegerField(null=True, blank=True, help_text=_("Orders in all. Empty: any number."))
    limit_per_customer = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("Orders of one email address. Empty: any number.")
    )
    used = models.PositiveIntegerField(default=0, editable=False, help_text=_("Orders that use it, paid or not yet."))
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(value__gt=0), name="coupon_value_positive"),
            models.CheckConstraint(
                condition=~Q(kind="percent") | Q(value__lte=100), name="coupon_percent_at_most_hundred"
            ),
            models.CheckConstraint(
                condition=Q(category__isnull=True) | Q(product__isnull=True), name="coupon_for_one_thing"
            ),
        ]

    def __str__(self) -> str:
        return self.code

    def clean(self) -> None:
        self.code = plain_code(self.code)
        if not self.code:
            raise ValidationError({"code": _("A code needs letters or digits.")})
        if self.kind == self.Kind.PERCENT and self.value is not None and self.value > 100:
            raise ValidationError({"value": _("At most 100 percent.")})
        if self.category and self.product:
            raise ValidationError({"product": _("Choose a category or a product, not both.")})
        if self.valid_from and self.valid_until and self.valid_until <= self.valid_from:
            raise ValidationError({"valid_until": _("It ends before it starts.")})


class CouponUseQuerySet(models.QuerySet["CouponUse"]):
    def counted(self) -> "CouponUseQuerySet":
        """Uses that count against limits: of orders that are paid, or may still be."""
        return self.filter(given_back_at=None)


class CouponUse(models.Model):
    """That an order uses a coupon. Given back when the order ends unpaid, taken again when it is paid after all."""

    coupon = models.ForeignKey(Coupon, models.PROTECT, related_name="uses")
    reference = models.CharField(max_length=60, help_text=_("An order's number."))
    customer = models.CharField(
        max_length=64, editable=False, help_text=_("A keyed hash of the email address: it counts, and tells nothing.")
    )
    at = models.DateTimeField(auto_now_add=True)
    given_back_at = models.DateTimeField(null=True, blank=True)

    objects = CouponUseQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["coupon", "reference"], name="coupon_used_once_per_order")]
        indexes = [models.Index(fields=["reference"], name="coupon_use_reference")]

    def __str__(self) -> str:
        return f"{self.coupon_id} in {self.reference}"
