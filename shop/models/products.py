"""What the shop offers and what is bought of it. Only shop/stock.py writes stock, only shop/prices.py prices."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shop.addresses import address
from shop.letters import printable

from .law import TaxClass, WithdrawalExclusion
from .shelves import AttributeValue, Category


def is_published(path: str = "", at: datetime | models.Expression | None = None) -> Q:
    """The condition that shoppers may see and buy a product, for rows that reach it by `path` ("product__").

    `at` is the moment that is meant: now, where none is given.
    """
    begun = Q(**{f"{path}published_from": None}) | Q(**{f"{path}published_from__lte": at or timezone.now()})
    return Q(**{f"{path}published": True}) & begun


class ProductQuerySet(models.QuerySet["Product"]):
    def published(self) -> "ProductQuerySet":
        """What shoppers may see and buy."""
        return self.filter(is_published())


class Product(models.Model):
    """What the shop offers; what is bought is one of its variants."""

    name = models.CharField(max_length=200, validators=[printable])
    slug = models.SlugField(unique=True, max_length=200)
    description = models.TextField(blank=True)
    category = models.ForeignKey(Category, models.PROTECT, related_name="products")
    attribute_values = models.ManyToManyField(AttributeValue, blank=True, related_name="products")
    published = models.BooleanField(default=False, db_index=True)
    published_from = models.DateTimeField(
        null=True, blank=True, db_index=True, help_text=_("Shoppers see it from this moment on; empty: at once.")
    )
    tax_class = models.CharField(max_length=20, choices=TaxClass, default=TaxClass.STANDARD)
    withdrawal_exclusion = models.CharField(
        max_length=20,
        choices=WithdrawalExclusion,
        blank=True,
        default="",
        help_text=_("Empty where the buyer may withdraw; else why the law excludes it. Shoppers are told."),
    )
    search_text = models.TextField(blank=True, default="", editable=False, help_text=_("By shop/search/index.py."))
    popularity = models.FloatField(
        default=0, editable=False, db_index=True, help_text=_("Sales, old ones counting less; by shop/recommendations.")
    )
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
        return address("shop:product_detail", self.slug)

    @property
    def is_published(self) -> bool:
        """Whether shoppers may see and buy it now."""
        return self.published and (self.published_from is None or self.published_from <= timezone.now())


class VariantQuerySet(models.QuerySet["Variant"]):
    def sellable(self, at: datetime | models.Expression | None = None) -> "VariantQuerySet":
        """Variants of products that are published now, or `at` that moment, whether in stock or not."""
        return self.filter(is_published("product__", at))


class Priced:
    """What a variant's price says, of a row of the table and of what is read of it for pages."""

    price: Any
    prior_price: Any
    reduced_at: Any
    volume: Any

    @property
    def is_reduced(self) -> bool:
        """Whether the price may be shown as reduced from `prior_price`: until it has become the usual one."""
        if self.prior_price is None or self.reduced_at is None or self.price >= self.prior_price:
            return False
        return self.reduced_at > timezone.now() - timedelta(days=settings.SHOP_REDUCTION_DAYS)

    @property
    def percent_off(self) -> int:
        """By how many whole percent of `prior_price` the price is lower, never more than it is."""
        return int(100 * (1 - self.price / self.prior_price)) if self.prior_price else 0

    @property
    def price_per_litre(self) -> Decimal | None:
        """The price of one litre, unrounded; None where the variant has no volume."""
        return self.price * 1000 / self.volume if self.volume else None


class Variant(Priced, models.Model):
    """One thing that can be put into a cart: a size or a case of a product, with its price and its stock."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="variants")
    sku = models.CharField("SKU", max_length=40, unique=True, validators=[printable])
    label = models.CharField(max_length=60, validators=[printable], help_text=_("Such as “75 cl” or “case of 6”."))
    position = models.PositiveSmallIntegerField(default=0)

    price = models.DecimalField(max_digits=12, decimal_places=3, validators=[MinValueValidator(Decimal(0))])
    prior_price = models.DecimalField(max_digits=12, decimal_places=3, null=True, editable=False)
    reduced_at = models.DateTimeField(null=True, editable=False)
    cost = models.DecimalField(
        max_digits=12, decimal_places=3, null=True, blank=True, validators=[MinValueValidator(Decimal(0))]
    )

    weight = models.PositiveIntegerField(default=0, help_text=_("Grams, packed."))
    volume = models.PositiveIntegerField(null=True, blank=True, help_text=_("Millilitres, for the price per litre."))

    maximum_per_order = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Units that one order may have; empty: as many as the shop allows."),
    )
    low_stock_mark = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text=_("Staff get a mail when fewer units than this are available; empty: the shop's mark, 0: never."),
    )

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


class PriceChange(models.Model):
    """A price that a variant has had from a moment on; the first row is its first price."""

    variant = models.ForeignKey(Variant, models.CASCADE, related_name="price_changes")
    price = models.DecimalField(max_digits=12, decimal_places=3)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.variant_id}: {self.price} from {self.at:%Y-%m-%d}"
