"""Where products stand: shelves, and attributes with their values. Nothing here says wine: attributes are data."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from shop.addresses import address

# First path segments that are taken by other pages; an attribute's slug becomes one (/country/spain/).
RESERVED_SLUGS = frozenset(
    (
        "admin api cart category dev healthz help media messager metrics orders pages payment product readyz"
        " search static"
        " in_stock page price_from price_to q sort"  # what lists are asked with, beside attributes
    ).split()
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
        return address("shop:product_list_by_category", self.slug)


class SearchWeight(models.TextChoices):
    """After a product's name, which counts most: the classes of Postgres's text search."""

    HIGH = "B", _("much")
    MIDDLE = "C", _("some")
    LOW = "D", _("little")


class Attribute(models.Model):
    """A property that products have values of: country, region, grape, producer, vintage."""

    name = models.CharField(max_length=60)
    slug = models.SlugField(unique=True, max_length=60, validators=[not_reserved])
    is_filter = models.BooleanField(default=True, help_text=_("Shoppers can filter lists by it."))
    is_on_home = models.BooleanField(
        _("on the home page"),
        default=False,
        help_text=_("With its values that have products and no values below them."),
    )
    search_weight = models.CharField(
        max_length=1,
        choices=SearchWeight,
        default=SearchWeight.LOW,
        help_text=_("How much a match counts in searches."),
    )
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
        return address("shop:product_list_by_attribute", self.attribute.slug, self.slug)
