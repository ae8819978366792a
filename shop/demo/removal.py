"""Removes the demo catalogue, and nothing that was not part of it."""

from django.db import transaction
from django.utils.text import slugify

from shop import images
from shop.models import Attribute, AttributeValue, Category, Product, ProductImage

from .business import remove_business
from .wines import ATTRIBUTES, categories, wines, world_of


def remove() -> int:
    """Delete the demo's products and pictures, then its shelves and values that are empty; say how many products.

    Raises ProtectedError, and removes nothing, once one of them has been sold. A second call removes nothing.
    """
    skus = [unit.sku for wine in wines() for unit in wine.units]
    with transaction.atomic():
        products = Product.objects.filter(variants__sku__in=skus).values_list("pk", flat=True)
        found = list(products.distinct())
        pictures = list(ProductImage.objects.filter(product__in=found))
        Product.objects.filter(pk__in=found).delete()
        _remove_values()
        Attribute.objects.filter(slug__in=ATTRIBUTES, values=None).delete()
        names = [slugify(name) for name, _intro in categories()]
        Category.objects.filter(slug__in=names, products=None, children=None).delete()
        images.remove_files_on_commit(pictures)
        remove_business()
    return len(found)


def _remove_values() -> None:
    """Leaves first: a region, then its country, then its part of the world."""
    slugs = {slugify(name) for wine in wines() for _attribute, name in wine.values}
    slugs |= {slugify(world_of(wine.country)) for wine in wines()}
    empty = AttributeValue.objects.filter(attribute__slug__in=ATTRIBUTES, slug__in=slugs, products=None, children=None)
    while empty.delete()[0]:
        pass
