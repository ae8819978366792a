"""What every page shows of the shop itself."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from . import languages, profile


def shop(request: HttpRequest) -> dict[str, Any]:
    """The shop's name and rules; what has to be read, such as `nav_categories`, only where a template shows it."""
    return {
        "SHOP_NAME": settings.SHOP_NAME,
        "SITE_URL": settings.SITE_URL,
        "SHOP_CURRENCY": settings.SHOP_CURRENCY,
        "SHOP_MINIMUM_AGE": settings.SHOP_MINIMUM_AGE,
        "SHOP_PRICES_INCLUDE_TAX": settings.SHOP_PRICES_INCLUDE_TAX,
        "shop_profile": SimpleLazyObject(profile.current),
        "legal_pages": SimpleLazyObject(profile.pages),
        "language_versions": SimpleLazyObject(lambda: languages.versions(request)),
        "preferred_version": SimpleLazyObject(lambda: languages.preferred(request)),
        "nav_categories": SimpleLazyObject(profile.shelves),
    }
