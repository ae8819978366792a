"""The filters of a list as chips, each a link to the same list without it."""

from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from shop.catalogue import Filters
from shop.money import format_money

KEPT = ("q", "sort")


@dataclass(frozen=True)
class Chip:
    """One filter that is applied; the address leads to the list without it."""

    name: str
    url: str


def chips_of(request: HttpRequest, filters: Filters) -> list[Chip]:
    """A chip for each filter, in the order of the address."""
    return [
        Chip(_label(filters, name, slug), _address(request, filters.without(name, slug)))
        for name, slug in filters.query()
    ]


def without_filters(request: HttpRequest) -> str:
    """The same list with no filter at all."""
    return _address(request, Filters())


def _address(request: HttpRequest, filters: Filters) -> str:
    kept = [(name, request.GET[name]) for name in KEPT if request.GET.get(name)]
    query = [*kept, *filters.query()]
    return f"{request.path}?{urlencode(query)}" if query else f"{request.path}?page=1"


def _label(filters: Filters, name: str, slug: str) -> str:
    if name == "category":
        return next(shelf.name for shelf in filters.categories if shelf.slug == slug)
    if name == "in_stock":
        return _("In stock")
    if name == "price_from" and filters.price_from is not None:
        return _("From %s") % _money(filters.price_from)
    if name == "price_to" and filters.price_to is not None:
        return _("Up to %s") % _money(filters.price_to)
    return next(v.name for v in filters.values if (v.attribute.slug, v.slug) == (name, slug))


def _money(amount: Decimal) -> str:
    return format_money(amount, settings.SHOP_CURRENCY)
