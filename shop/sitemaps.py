"""Sitemaps of what may be indexed: an index, and pages of it with a fixed number of queries each."""

from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.db.models import Exists, Max, OuterRef, QuerySet
from django.urls import reverse

from . import catalogue, languages
from .models import AttributeValue, Category, Product

PER_PAGE = 10_000  # sitemaps.org allows 50,000 addresses and 50 MB


class ShopSitemap(Sitemap):
    """Addresses are those of SITE_URL, whatever name the shop was asked by: the same as each page's canonical one."""

    limit = PER_PAGE
    protocol = urlsplit(settings.SITE_URL).scheme

    def __init__(self, language: str) -> None:
        self.language = language

    def get_domain(self, site: Any = None) -> str:
        return urlsplit(settings.SITE_URL).netloc

    def get_urls(self, *arguments: Any, **named: Any) -> list[dict[str, Any]]:
        """The addresses in this sitemap's language, each with the same page's in all languages.

        `location` gives unprefixed ones: this page has no language of its own, and so is in the default one.
        """
        urls = super().get_urls(*arguments, **named)
        for url in urls:
            path = url["location"].removeprefix(settings.SITE_URL)
            url["location"] = settings.SITE_URL + languages.path_in(self.language, path)
            url["alternates"] = [
                {"lang_code": code, "location": settings.SITE_URL + other}
                for code, other in languages.alternates(path).items()
            ]
        return urls


class Products(ShopSitemap):
    def items(self) -> QuerySet[Any]:
        return catalogue.products().order_by("pk").values_list("slug", "updated")

    def location(self, item: tuple[str, datetime]) -> str:
        return reverse("shop:product_detail", args=[item[0]])

    def lastmod(self, item: tuple[str, datetime]) -> datetime:
        return item[1]

    def get_latest_lastmod(self) -> datetime | None:
        """One query; Django's own asks every item."""
        return catalogue.products().aggregate(last=Max("updated"))["last"]


class Shelves(ShopSitemap):
    def items(self) -> QuerySet[Any]:
        return Category.objects.order_by("pk").values_list("slug", flat=True)

    def location(self, item: str) -> str:
        return reverse("shop:product_list_by_category", args=[item])


class Values(ShopSitemap):
    """Attribute values that shoppers filter by and that a product has; those above them are linked from their pages."""

    def items(self) -> QuerySet[Any]:
        through = Product.attribute_values.through.objects
        had = through.filter(attributevalue=OuterRef("pk"), product__in=catalogue.products())
        found = AttributeValue.objects.filter(Exists(had), attribute__is_filter=True)
        return found.order_by("pk").values_list("attribute__slug", "slug")

    def location(self, item: tuple[str, str]) -> str:
        return reverse("shop:product_list_by_attribute", args=item)


class Pages(ShopSitemap):
    def items(self) -> list[str]:
        return ["shop:product_list", "shop:help"]

    def location(self, item: str) -> str:
        return reverse(item)


SITEMAPS = {
    name if language == settings.LANGUAGE_CODE else f"{name}-{language}": partial(sitemap, language)
    for language, _name in settings.LANGUAGES
    for name, sitemap in {"pages": Pages, "shelves": Shelves, "values": Values, "products": Products}.items()
}
