"""The home page: what sells, what is new, and ways into the catalogue. All of it from data."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from shop import catalogue, profile
from shop.keeping import version_of
from shop.structured_data import site_data

NEWEST = 4
BEST_SELLERS = 8


def home(request: HttpRequest) -> HttpResponse:
    """The first products of everything, introduced, with a link to the list of all where there are more."""
    facets = catalogue.count(catalogue.Scope(), catalogue.Filters(profile.tree()), version=version_of(request))
    newest, wanted = catalogue.newest_and_recommended(newest=NEWEST, recommended=BEST_SELLERS)
    page: Page[Any] = Page(wanted, 1, Paginator(range(facets.total), BEST_SELLERS))
    context = {
        "is_home": True,
        "page": page,
        "featured": next((card for card in wanted if card.cover), None),
        "has_sold": any(card.popularity for card in wanted),
        "newest": newest if page.has_next() else [],
        "ways_in": facets.on_home(),
        "noindex": False,
        "canonical": request.path,
        "json_ld": site_data(),
    }
    return render(request, "shop/home.html", context)
