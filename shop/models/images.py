"""Pictures of products, and how far a worker is with their renditions. Only shop/images.py writes those columns."""

from posixpath import basename, splitext
from typing import NamedTuple

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.encoding import filepath_to_uri
from django.utils.translation import gettext_lazy as _

from .products import Product

FORMATS = ("avif", "webp")  # of the renditions, the smaller first


class Picture(NamedTuple):
    """What pages show of a picture. Each of our storages has its files at MEDIA_URL."""

    file: str
    alt: str
    width: int
    height: int
    widths: str

    @property
    def url(self) -> str:
        return f"{settings.MEDIA_URL}{filepath_to_uri(self.file)}"

    @property
    def srcsets(self) -> dict[str, str]:
        """Format -> the addresses of the renditions, as browsers want them; empty until there are any."""
        start = f"{settings.MEDIA_URL}{filepath_to_uri(_rendition(self.file))}"  # the rest needs no escaping
        widths = self.widths.split()
        return {kind: ", ".join(f"{start}-{width}.{kind} {width}w" for width in widths) for kind in FORMATS}


class ProductImageQuerySet(models.QuerySet["ProductImage"]):
    def due(self) -> "ProductImageQuerySet":
        """Pictures without renditions whose next try is not in the future."""
        return self.filter(state=ProductImage.State.PENDING, not_before__lte=timezone.now())


class ProductImage(models.Model):
    """A picture of a product; the first by position is the one on cards."""

    class State(models.TextChoices):
        PENDING = "pending", _("to be rendered")
        READY = "ready", _("rendered")
        PARKED = "parked", _("given up")

    product = models.ForeignKey(Product, models.CASCADE, related_name="images")
    file = models.ImageField(upload_to="products/", width_field="width", height_field="height")
    alt = models.CharField(
        max_length=200, blank=True, help_text=_("What the picture shows, for those who cannot see it.")
    )
    position = models.PositiveSmallIntegerField(default=0)
    width = models.PositiveIntegerField(default=0, editable=False)
    height = models.PositiveIntegerField(default=0, editable=False)

    widths = models.CharField(
        max_length=60, blank=True, editable=False, help_text=_("Of the renditions; empty until they exist.")
    )
    state = models.CharField(max_length=10, choices=State, default=State.PENDING, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    not_before = models.DateTimeField(default=timezone.now, editable=False)
    last_error = models.CharField(max_length=300, blank=True, editable=False)

    objects = ProductImageQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        indexes = [models.Index(fields=["not_before"], condition=Q(state="pending"), name="product_image_due")]

    def __str__(self) -> str:
        return self.alt or self.file.name or ""

    @property
    def picture(self) -> Picture:
        return Picture(self.file.name or "", self.alt, self.width, self.height, self.widths)

    def rendition_name(self, width: int, kind: str) -> str:
        """Where storage keeps a rendition. Originals are never overwritten, so neither is what a name means."""
        return f"{_rendition(self.file.name or '')}-{width}.{kind}"

    @property
    def rendition_names(self) -> list[str]:
        """Of all renditions that exist."""
        return [self.rendition_name(int(width), kind) for width in self.widths.split() for kind in FORMATS]


def _rendition(file: str) -> str:
    return f"renditions/{splitext(basename(file))[0]}"
