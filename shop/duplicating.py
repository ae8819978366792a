"""A product again, as the start of another one."""

from collections.abc import Callable
from pathlib import PurePath
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from . import images, prices, search
from .models import Product, ProductImage, Variant

OWN = {"id", "slug", "created", "updated", "search_text"}  # what a copy does not take over
COUNTERS = {"id", "product", "sku", "on_hand", "reserved", "available", "prior_price", "reduced_at"}


def duplicate(product: Product, *, created_by: Any) -> Product:
    """A copy with variants, values and pictures, unpublished and without stock. A second call makes a second copy."""
    with transaction.atomic():
        copy = Product(**_values(product, OWN))
        copy.name = (_("%(name)s (copy)") % {"name": product.name})[:200]
        copy.slug = _free(product.slug, 200, Product.objects.filter, "slug")
        copy.published, copy.created_by = False, created_by
        copy.save()
        copy.attribute_values.set(product.attribute_values.all())
        for variant in product.variants.all():
            sku = _free(variant.sku, 40, Variant.objects.filter, "sku")
            new = Variant.objects.create(product=copy, sku=sku, **_values(variant, COUNTERS))
            prices.set_price(new.pk, variant.price)
        for image in product.images.all():
            _copy_picture(image, copy)
        search.index(Product.objects.filter(pk=copy.pk))
    return copy


def _values(row: Product | Variant, without: set[str]) -> dict[str, Any]:
    names = (field.name for field in row._meta.concrete_fields)
    return {name: getattr(row, name) for name in names if name not in without}


def _free(taken: str, longest: int, rows: Callable[..., Any], field: str) -> str:
    """`taken` with an ending that makes it free."""
    number = 1
    while True:
        ending = "-copy" if number == 1 else f"-copy-{number}"
        found = taken[: longest - len(ending)] + ending
        if not rows(**{field: found}).exists():
            return found
        number += 1


def _copy_picture(image: ProductImage, product: Product) -> None:
    """A file of its own, so that each of the two can be deleted."""
    with image.file.open("rb") as file:
        content = ContentFile(file.read(), name=PurePath(image.file.name or "").name)
    copy = ProductImage.objects.create(product=product, file=content, alt=image.alt, position=image.position)
    images.render_anew(copy)
