"""Searching."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from shop import catalogue, search

from . import trails
from .lists import render_list


@require_safe
def product_search(request: HttpRequest) -> HttpResponse:
    """What a query finds; where that is nothing, what the query put right finds, and it says so."""
    query = search.clean(request.GET.get("q", ""))
    found = search.matching(catalogue.products(), query)
    meant = "" if found.exists() else search.corrected(query)
    if meant:
        found = search.matching(catalogue.products(), meant)
    heading = _("Results for “%(query)s”") % {"query": query} if query else _("Search")
    response = render_list(
        request,
        found,
        heading=heading,
        title=heading,
        breadcrumbs=[trails.home(), (_("Search"), reverse("shop:search"))],
        query=query,
        meant=meant,
        noindex=True,
    )
    return response
