"""The home page: what sells, what is new, and ways into the catalogue. All of it from data."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from shop import catalogue
from shop.models import Category
from shop.structured_data import site_data

NEWEST = 4


def home(request: HttpRequest) -> HttpResponse:
    """The first page of everything, introduced: page 2 of the list goes on where it ends."""
    tree = list(Category.objects.all())
    facets = catalogue.count(catalogue.products(), catalogue.Filters(tree), key=request.path)
    found = catalogue.newest_and_recommended(newest=NEWEST, recommended=catalogue.PAGE_SIZE)
    cards = catalogue.cards(catalogue.for_cards(found)) if facets.total else []
    newest = sorted(cards, key=lambda card: (card.product.created, card.pk), reverse=True)[:NEWEST]
    wanted = sorted(cards, key=lambda card: (card.available <= 0, -card.product.popularity, card.pk))
    paginator = Paginator(range(facets.total), catalogue.PAGE_SIZE)
    page: Page[Any] = Page(wanted[: catalogue.PAGE_SIZE], 1, paginator)
    context = {
        "is_home": True,
        "page": page,
        "featured": next((card for card in wanted if card.cover), None),
        "has_sold": any(card.product.popularity for card in wanted),
        "newest": newest if facets.total > catalogue.PAGE_SIZE else [],
        "ways_in": [facet for facet in facets.attributes if facet.is_on_home],
        "nav_categories": [shelf for shelf in tree if shelf.parent_id is None],
        "noindex": False,
        "canonical": request.path,
        "json_ld": site_data(),
    }
    return render(request, "shop/home.html", context)
