"""Who runs the shop, and its legal pages. Read through shop/profile.py."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from shop.letters import printable


class ShopProfile(models.Model):
    """The business behind the shop: one row, the one with primary key 1."""

    legal_name = models.CharField(
        max_length=200, blank=True, validators=[printable], help_text=_("As in the commercial register.")
    )
    address = models.TextField(
        blank=True, max_length=500, validators=[printable], help_text=_("Street, postcode, city and country, in lines.")
    )
    vat_id = models.CharField(_("VAT id"), max_length=30, blank=True)
    register = models.CharField(
        max_length=200, blank=True, validators=[printable], help_text=_("Court and number, managing directors.")
    )

    email = models.EmailField(blank=True, help_text=_("Where shoppers write to."))
    phone = models.CharField(max_length=40, blank=True)

    bank = models.CharField(max_length=100, blank=True, validators=[printable])
    iban = models.CharField("IBAN", max_length=42, blank=True)
    bic = models.CharField("BIC", max_length=11, blank=True)

    logo = models.ImageField(
        upload_to="profile/", blank=True, width_field="logo_width", height_field="logo_height", max_length=200
    )
    logo_width = models.PositiveIntegerField(default=0, editable=False)
    logo_height = models.PositiveIntegerField(default=0, editable=False)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("shop profile")
        verbose_name_plural = _("shop profile")
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="shop_profile_is_one")]

    def __str__(self) -> str:
        return self.legal_name or settings.SHOP_NAME


class LegalPage(models.Model):
    """One of the texts that the law asks for, in one language, written in Markdown."""

    class Kind(models.TextChoices):
        IMPRINT = "imprint", _("Imprint")
        TERMS = "terms", _("Terms and conditions")
        PRIVACY = "privacy", _("Privacy")
        SHIPPING = "shipping-and-returns", _("Shipping and returns")
        COOKIES = "cookies", _("Cookies")

    profile = models.ForeignKey(ShopProfile, models.CASCADE, default=1, editable=False, related_name="pages")
    kind = models.CharField(max_length=30, choices=Kind)
    language = models.CharField(max_length=10, default=settings.LANGUAGE_CODE)
    text = models.TextField(
        max_length=100_000, help_text=_("Markdown: # headings, **bold**, - lists, [links](https://…).")
    )
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["kind", "language"], name="legal_page_once_a_language")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.language})"

    def get_absolute_url(self) -> str:
        return reverse("shop:page", args=[self.kind])
