"""The catalogue and its stock."""

from .images import ProductImage
from .ledger import Sale, StockMovement
from .products import PriceChange, Product, ProductQuerySet, Variant, VariantQuerySet
from .shelves import RESERVED_SLUGS, Attribute, AttributeValue, Category, not_reserved

__all__ = [
    "RESERVED_SLUGS",
    "Attribute",
    "AttributeValue",
    "Category",
    "PriceChange",
    "Product",
    "ProductImage",
    "ProductQuerySet",
    "Sale",
    "StockMovement",
    "Variant",
    "VariantQuerySet",
    "not_reserved",
]
