"""What every page shows of the shop itself."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from . import profile
from .models import Category


def shop(request: HttpRequest) -> dict[str, Any]:
    """`SHOP_NAME`, and `nav_categories`, read only where a template shows them."""
    return {
        "SHOP_NAME": settings.SHOP_NAME,
        "SITE_URL": settings.SITE_URL,
        "SHOP_CURRENCY": settings.SHOP_CURRENCY,
        "SHOP_PRICES_INCLUDE_TAX": settings.SHOP_PRICES_INCLUDE_TAX,
        "shop_profile": SimpleLazyObject(profile.current),
        "legal_pages": SimpleLazyObject(profile.pages),
        "nav_categories": SimpleLazyObject(lambda: list(Category.objects.filter(parent=None))),
    }
