"""Searching."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from shop import catalogue, profile, search
from shop.addresses import address
from shop.keeping import kept, not_kept

from . import trails
from .lists import list_context
from .site import prefetching

POPULAR = 4  # shown where nothing was found


@require_safe
@prefetching
@kept()
def product_search(request: HttpRequest) -> HttpResponse:
    """What a query finds; where that is nothing, what the query put right finds, and it says so."""
    query = search.clean(request.GET.get("q", ""))
    tree = profile.tree()
    filters = catalogue.read(request.GET, tree, catalogue.asked_values(request.GET))
    scope, sorts, meant = catalogue.Scope(), catalogue.SORTS, ""
    if query:
        found = search.find(query)
        if not found and (meant := search.corrected(query)):
            found = search.find(meant)
        scope, sorts = catalogue.Scope(found=found), catalogue.SEARCH_SORTS
    heading = _("Results for “%(query)s”") % {"query": query} if query else _("Search")
    context: dict[str, Any] = {
        "heading": heading,
        "title": heading,
        "breadcrumbs": [trails.home(), (_("Search"), address("shop:search"))],
        "query": query,
        "meant": meant,
        "noindex": True,
    }
    context = list_context(request, scope, filters=filters, sorts=sorts, **context)
    if query and not filters and not context["facets"].total:
        search.note_missed(query)  # each time
        context["popular"] = _popular()
        return not_kept(render(request, "shop/list.html", context))
    return render(request, "shop/list.html", context)


@require_safe
@cache_control(max_age=60, private=True)
def suggestions(request: HttpRequest) -> HttpResponse:
    """What somebody who is typing may look for: options for the search field's list."""
    found = search.suggest(search.clean(request.GET.get("q", "")))
    return render(request, "shop/_suggestions.html", {"suggestions": found})


def _popular() -> list[catalogue.Card]:
    return catalogue.page_of(catalogue.Scope(), catalogue.Filters(), catalogue.RECOMMENDED, first=0, most=POPULAR)
