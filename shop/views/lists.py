"""Lists: the home page, shelves, and what shares a value."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from shop import catalogue, listings, profile
from shop.keeping import kept, version_of
from shop.models import AttributeValue, Category
from shop.structured_data import list_data

from . import trails
from .chips import chips_of, without_filters
from .home import home
from .leafing import links_of
from .site import prefetching

Tree = Sequence[Category]


@require_safe
@prefetching
@kept()
def product_list(request: HttpRequest) -> HttpResponse:
    """Everything. The address without any question is the home page."""
    if not request.GET:
        return home(request)
    heading = _("All products")
    tree = profile.tree()
    context: dict[str, Any] = {
        "heading": heading,
        "title": heading,
        "breadcrumbs": [trails.home(), (heading, request.path)],
    }
    return render_list(request, catalogue.Scope(), filters=_filters(request, tree), **context)


@require_safe
@prefetching
@kept()
def product_list_by_category(request: HttpRequest, slug: str) -> HttpResponse:
    category = profile.shelf(slug=slug)
    if category is None:
        raise Http404
    tree = profile.tree()
    return render_list(
        request,
        catalogue.Scope(listings.of_shelf(category.pk)),
        filters=_filters(request, tree),
        heading=category.name,
        intro=category.description,
        title=category.name,
        breadcrumbs=trails.to_category(category, tree),
        category=category,
    )


@require_safe
@prefetching
@kept()
def product_list_by_attribute(request: HttpRequest, attribute: str, value: str) -> HttpResponse:
    values = catalogue.asked_values(request.GET, of_page=(attribute, value))
    found = next((one for one in values if (one.attribute.slug, one.slug) == (attribute, value)), None)
    if found is None:
        raise Http404
    tree = profile.tree()
    return render_list(
        request,
        catalogue.Scope(listings.of_value(found.pk)),
        filters=catalogue.read(request.GET, tree, values),
        heading=found.name,
        title=f"{found.name} – {found.attribute.name}",
        breadcrumbs=trails.to_value(found),
        attribute_value=found,
    )


def render_list(request: HttpRequest, scope: catalogue.Scope, **options: Any) -> HttpResponse:
    return render(request, "shop/list.html", list_context(request, scope, **options))


def list_context(
    request: HttpRequest,
    scope: catalogue.Scope,
    *,
    filters: catalogue.Filters,
    sorts: catalogue.Sorts = catalogue.SORTS,
    **context: Any,
) -> dict[str, Any]:
    """A page of a list: unknown values of `sort` and `page` mean the first, a page beyond the end the last."""
    facets = catalogue.count(scope, filters, version=version_of(request))
    wanted = request.GET.get("sort", "")
    sort = wanted if wanted in sorts else next(iter(sorts))
    page = _page(request, scope, filters, order=sorts[sort][1], total=facets.total)
    defaults: dict[str, Any] = {
        "page": page,
        "filters": filters,
        "facets": facets,
        "offered": facets.offered(besides=_known(context.get("attribute_value"))),
        "shelves": facets.shelves(filters, context.get("category")),
        "chips": chips_of(request, filters),
        "without_filters": without_filters(request),
        "links": links_of(request, page),
        "sort": sort,
        "sorts": [(key, label) for key, (label, _order) in sorts.items()],
        "noindex": bool(set(request.GET) - {"page"}),
        "canonical": _canonical(request, filters, page.number),
    }
    if not context.get("noindex", defaults["noindex"]):
        defaults["json_ld"] = list_data(list(page), context["breadcrumbs"], first=page.start_index())
    return defaults | context


def _filters(request: HttpRequest, tree: Tree) -> catalogue.Filters:
    return catalogue.read(request.GET, tree, catalogue.asked_values(request.GET))


def _page(
    request: HttpRequest, scope: catalogue.Scope, filters: catalogue.Filters, *, order: catalogue.Order, total: int
) -> Page:
    """The cards of the page that is asked for, of those that there are: a list of more than LONG ends there."""
    paginator = Paginator(range(min(total, catalogue.LONG)), catalogue.PAGE_SIZE)
    asked = paginator.get_page(request.GET.get("page", "1"))
    first = (asked.number - 1) * catalogue.PAGE_SIZE
    found = catalogue.page_of(scope, filters, order, first=first, most=catalogue.PAGE_SIZE) if total else []
    return Page(found, asked.number, paginator)


def _canonical(request: HttpRequest, filters: catalogue.Filters, page: int) -> str:
    """The one address of these products: filters in a fixed order, nothing unknown, no order of its own."""
    query = list(filters.query())
    if page > 1:
        query.append(("page", str(page)))
    return f"{request.path}?{urlencode(query)}" if query else request.path


def _known(value: AttributeValue | None) -> set[str]:
    """The page's own value and those it stands in: every product of the page has them."""
    known = set()
    while value and value.slug not in known:
        known.add(value.slug)
        value = value.parent
    return known
