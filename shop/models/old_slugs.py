"""Addresses that products and categories once had. Only shop/slugs.py writes them."""

from django.db import models
from django.db.models import Q

from .products import Product
from .shelves import Category


class OldSlug(models.Model):
    """A slug that a product or a category had; links to it lead to the new address."""

    slug = models.SlugField(max_length=200)
    product = models.ForeignKey(Product, models.CASCADE, null=True, blank=True, related_name="old_slugs")
    category = models.ForeignKey(Category, models.CASCADE, null=True, blank=True, related_name="old_slugs")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(product=None, category__isnull=False) | Q(product__isnull=False, category=None),
                name="old_slug_of_one",
            ),
            models.UniqueConstraint(fields=["slug"], condition=Q(category=None), name="old_slug_product_unique"),
            models.UniqueConstraint(fields=["slug"], condition=Q(product=None), name="old_slug_category_unique"),
        ]

    def __str__(self) -> str:
        return self.slug
