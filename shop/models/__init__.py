"""The catalogue and its stock."""

from .changes import CatalogueChange
from .finding import MissedSearch, Recommendation, SearchWord
from .images import Picture, ProductImage, ProductImageQuerySet
from .imports import CatalogueImport, ImportFinding
from .law import TaxClass, WithdrawalExclusion
from .ledger import LowStock, Sale, StockMovement
from .listings import CountedList, DueListing, KeptCounts, ListCount, Listing
from .old_slugs import OldSlug
from .products import PriceChange, Priced, Product, ProductQuerySet, Variant, VariantQuerySet, is_published
from .profile import LegalPage, ShopProfile
from .shelves import RESERVED_SLUGS, Attribute, AttributeValue, Category, SearchWeight, not_reserved

__all__ = [
    "RESERVED_SLUGS",
    "Attribute",
    "AttributeValue",
    "CatalogueChange",
    "CatalogueImport",
    "Category",
    "CountedList",
    "DueListing",
    "ImportFinding",
    "KeptCounts",
    "LegalPage",
    "ListCount",
    "Listing",
    "LowStock",
    "MissedSearch",
    "OldSlug",
    "Picture",
    "PriceChange",
    "Priced",
    "Product",
    "ProductImage",
    "ProductImageQuerySet",
    "ProductQuerySet",
    "Recommendation",
    "Sale",
    "SearchWeight",
    "SearchWord",
    "ShopProfile",
    "StockMovement",
    "TaxClass",
    "Variant",
    "VariantQuerySet",
    "WithdrawalExclusion",
    "is_published",
    "not_reserved",
]
