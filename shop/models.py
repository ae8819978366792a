"""The catalogue and its stock. Nothing here says wine: attributes are data. Only shop/stock.py writes stock."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

# First path segments that are taken by other pages; an attribute's slug becomes one (/country/spain/).
RESERVED_SLUGS = frozenset(
    "admin api cart category dev healthz media messager orders payment product readyz search static".split()
) | {code for code, _name in settings.LANGUAGES}


def not_reserved(slug: str) -> None:
    """Refuse an attribute slug that would hide another page of the shop."""
    if slug in RESERVED_SLUGS:
        raise ValidationError(_("“%(slug)s” is the address of another page."), params={"slug": slug})


class Category(models.Model):
    """A shelf of the shop; shelves may stand in shelves."""

    name = models.CharField(max_length=100)
    slug = models.SlugField(unique=True, max_length=100)
    description = models.TextField(blank=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "name"]
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("shop:product_list_by_category", args=[self.slug])


class Attribute(models.Model):
    """A property that products have values of: country, region, grape, producer, vintage."""

    name = models.CharField(max_length=60)
    slug = models.SlugField(unique=True, max_length=60, validators=[not_reserved])
    is_filter = models.BooleanField(default=True, help_text=_("Shoppers can filter lists by it."))
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name


class AttributeValue(models.Model):
    """One value of an attribute; values form a tree, such as New World > Chile > Maipo."""

    attribute = models.ForeignKey(Attribute, models.CASCADE, related_name="values")
    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=100)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["attribute", "position", "name"]
        constraints = [models.UniqueConstraint(fields=["attribute", "slug"], name="attribute_value_slug_unique")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("shop:product_list_by_attribute", args=[self.attribute.slug, self.slug])


class ProductQuerySet(models.QuerySet["Product"]):
    def published(self) -> "ProductQuerySet":
        """What shoppers may see and buy."""
        return self.filter(published=True)


class Product(models.Model):
    """What the shop offers; what is bought is one of its variants."""

    name = models.CharField(max_length=200)
    slug = models.SlugField(unique=True, max_length=200)
    description = models.TextField(blank=True)
    category = models.ForeignKey(Category, models.PROTECT, related_name="products")
    attribute_values = models.ManyToManyField(AttributeValue, blank=True, related_name="products")
    published = models.BooleanField(default=False, db_index=True)
    search_text = models.TextField(blank=True, default="", editable=False, help_text=_("Written by shop/search.py."))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    objects = ProductQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("shop:product_detail", args=[self.slug])


class VariantQuerySet(models.QuerySet["Variant"]):
    def sellable(self) -> "VariantQuerySet":
        """Variants of published products, whether in stock or not."""
        return self.filter(product__published=True)


class Variant(models.Model):
    """One thing that can be put into a cart: a size or a case of a product, with its price and its stock."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="variants")
    sku = models.CharField("SKU", max_length=40, unique=True)
    label = models.CharField(max_length=60, help_text=_("Such as “75 cl” or “case of 6”."))
    position = models.PositiveSmallIntegerField(default=0)

    price = models.DecimalField(max_digits=12, decimal_places=3, validators=[MinValueValidator(Decimal(0))])
    cost = models.DecimalField(
        max_digits=12, decimal_places=3, null=True, blank=True, validators=[MinValueValidator(Decimal(0))]
    )

    weight = models.PositiveIntegerField(default=0, help_text=_("Grams, packed."))
    volume = models.PositiveIntegerField(null=True, blank=True, help_text=_("Millilitres, for the price per litre."))

    on_hand = models.IntegerField(default=0, editable=False)
    reserved = models.IntegerField(default=0, editable=False)
    available = models.GeneratedField(
        expression=F("on_hand") - F("reserved"), output_field=models.IntegerField(), db_persist=True
    )

    objects = VariantQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(price__gte=0), name="variant_price_not_negative"),
            models.CheckConstraint(condition=Q(reserved__gte=0), name="variant_reserved_not_negative"),
            models.CheckConstraint(condition=Q(on_hand__gte=F("reserved")), name="variant_never_oversold"),
        ]

    def __str__(self) -> str:
        return f"{self.product.name}, {self.label}"

    def get_absolute_url(self) -> str:
        return self.product.get_absolute_url()

    @property
    def price_per_litre(self) -> Decimal | None:
        """The price of one litre, unrounded; None where the variant has no volume."""
        return self.price * 1000 / self.volume if self.volume else None


class PriceChange(models.Model):
    """A price that a variant has had from a moment on; the first row is its first price."""

    variant = models.ForeignKey(Variant, models.CASCADE, related_name="price_changes")
    price = models.DecimalField(max_digits=12, decimal_places=3)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.variant_id}: {self.price} from {self.at:%Y-%m-%d}"


class ProductImage(models.Model):
    """A picture of a product; the first by position is the one on cards."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="images")
    file = models.ImageField(upload_to="products/", width_field="width", height_field="height")
    alt = models.CharField(max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    width = models.PositiveIntegerField(default=0, editable=False)
    height = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.alt or self.file.name or ""


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


class Sale(models.Model):
    """That a variant was bought once: what best sellers and recommendations are computed from."""

    reference = models.CharField(max_length=60, help_text=_("An order's number."))
    variant = models.ForeignKey(Variant, models.CASCADE, related_name="sales")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reference", "variant"], name="sale_recorded_once")]

    def __str__(self) -> str:
        return f"{self.variant_id} in {self.reference}"
