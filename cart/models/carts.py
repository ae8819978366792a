"""What one visitor wants to buy, as rows. A line keeps the price last shown, only to tell a change from."""

import secrets

from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import JSONObject
from django.utils.translation import gettext_lazy as _

from shop.models import Picture, ProductImage, Variant


def new_key() -> str:
    """An unguessable key; the browser holds it signed."""
    return secrets.token_urlsafe(16)


class Cart(models.Model):
    """What one visitor wants to buy. It appears with the first add and is closed by payment."""

    key = models.CharField(max_length=32, unique=True, default=new_key, editable=False)
    country = models.CharField(max_length=2, blank=True, help_text=_("Where it shall go; empty: the shop's own."))
    method = models.CharField(max_length=20, blank=True, help_text=_("The shipping method chosen; empty: the first."))
    coupon_codes = models.JSONField(default=list, blank=True, help_text=_("As entered, the first one first."))

    held = models.JSONField(
        default=dict, blank=True, help_text=_("Variant id -> units that its own unpaid order keeps for it.")
    )
    held_coupons = models.JSONField(default=list, blank=True, help_text=_("The codes that its own unpaid order uses."))

    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True, db_index=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    lines_read: "tuple[CartLine, ...]" = ()  # where services.read_cart has read them for a page, just now

    def __str__(self) -> str:
        return f"Cart {self.pk}"

    def available(self, variant: Variant) -> int:
        """How many units this cart may have: those on the shelf, and those that its own order keeps."""
        return variant.available + int(self.held.get(str(variant.pk), 0))


class CartLineQuerySet(models.QuerySet["CartLine"]):
    def with_products(self) -> "CartLineQuerySet":
        """With everything that a line is priced and shown by, in one query."""
        images = ProductImage.objects.filter(product=OuterRef("variant__product")).order_by("position", "pk")
        cover = JSONObject(**{name: name for name in Picture._fields})
        return self.select_related("variant__product").annotate(cover_fields=Subquery(images.values(json=cover)[:1]))


class CartLine(models.Model):
    """So many units of one variant. The variant's price is read fresh, every time."""

    cart = models.ForeignKey(Cart, models.CASCADE, related_name="lines")
    variant = models.ForeignKey(Variant, models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=270, blank=True, help_text=_("To name it by once the variant is gone."))
    quantity = models.PositiveIntegerField()
    shown_price = models.DecimalField(
        max_digits=12,
        decimal_places=3,
        null=True,
        blank=True,
        help_text=_("The variant's price that the shopper knows of. Only to tell a change from; never charged."),
    )

    objects = CartLineQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["cart", "variant"], name="cart_line_once_per_variant"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="cart_line_quantity_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.name or self.variant_id}"

    @property
    def cover(self) -> Picture | None:
        """The product's first picture; None where it has none, or was not asked for with the line."""
        fields = getattr(self, "cover_fields", None)
        return Picture(**fields) if fields else None
