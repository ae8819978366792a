"""What helps shoppers find things: recommendations, the words of the catalogue, and searches that found nothing."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from .products import Product


class Recommendation(models.Model):
    """That whoever looks at one product may want another. Computed by shop/recommendations, never edited."""

    class Kind(models.TextChoices):
        TOGETHER = "together", _("bought together")
        SIMILAR = "similar", _("alike")

    product = models.ForeignKey(Product, models.CASCADE, related_name="recommendations")
    other = models.ForeignKey(Product, models.CASCADE, related_name="recommended_for")
    kind = models.CharField(max_length=10, choices=Kind)
    score = models.FloatField(help_text=_("The higher, the better; comparable within one product and kind."))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "kind", "other"], name="recommended_once"),
            models.CheckConstraint(condition=~models.Q(product=models.F("other")), name="recommends_another_product"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} → {self.other_id} ({self.kind})"


class SearchWord(models.Model):
    """A word of the catalogue: what a misspelled word of a search may have meant. Written by shop/search/index.py."""

    word = models.CharField(max_length=40, primary_key=True)

    def __str__(self) -> str:
        return self.word


class MissedSearch(models.Model):
    """Words that shoppers searched for in vain, and how often. Nothing says who they were."""

    term = models.CharField(max_length=100, unique=True)
    times = models.PositiveIntegerField(default=1)
    last_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-times", "-last_at"]
        verbose_name = _("search without results")
        verbose_name_plural = _("searches without results")

    def __str__(self) -> str:
        return self.term
