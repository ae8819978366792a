"""Lists: the home page, shelves, and what shares a value."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import Http404
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from shop import catalogue
from shop.models import AttributeValue, Category, ProductQuerySet

from . import trails


@require_safe
def product_list(request: HttpRequest) -> HttpResponse:
    """The home page: everything."""
    heading = _("All products")
    return render_list(request, catalogue.products(), heading=heading, title=heading, breadcrumbs=[], is_home=True)


@require_safe
def product_list_by_category(request: HttpRequest, slug: str) -> HttpResponse:
    tree = list(Category.objects.all())
    category = next((shelf for shelf in tree if shelf.slug == slug), None)
    if category is None:
        raise Http404
    return render_list(
        request,
        catalogue.in_category(category, tree),
        heading=category.name,
        intro=category.description,
        title=category.name,
        breadcrumbs=trails.to_category(category, tree),
        category=category,
    )


@require_safe
def product_list_by_attribute(request: HttpRequest, attribute: str, value: str) -> HttpResponse:
    found = get_object_or_404(
        AttributeValue.objects.select_related("attribute", "parent__attribute", "parent__parent__attribute"),
        attribute__slug=attribute,
        slug=value,
    )
    return render_list(
        request,
        catalogue.with_value(found),
        heading=found.name,
        title=f"{found.name} – {found.attribute.name}",
        breadcrumbs=trails.to_value(found),
        attribute_value=found,
    )


def render_list(
    request: HttpRequest, products: ProductQuerySet, *, noindex: bool = False, **context: Any
) -> HttpResponse:
    """A page of `products`: unknown values of `sort` and `page` mean the first, a page beyond the end the last."""
    wanted = request.GET.get("sort", "")
    sort = wanted if wanted in catalogue.SORTS else catalogue.DEFAULT_SORT
    found = catalogue.for_cards(catalogue.in_order(products, sort))
    page = Paginator(found, catalogue.PAGE_SIZE).get_page(request.GET.get("page", "1"))
    context["page"] = Page(catalogue.cards(page.object_list), page.number, page.paginator)
    canonical = request.path if page.number == 1 else f"{request.path}?page={page.number}"
    defaults: dict[str, Any] = {
        "intro": "",
        "query": "",
        "category": None,
        "attribute_value": None,
        "is_home": False,
        "sort": sort,
        "sorts": [(key, label) for key, (label, _order) in catalogue.SORTS.items()],
        "noindex": noindex or bool(set(request.GET) - {"page"}),
        "canonical": canonical,
    }
    return render(request, "shop/list.html", defaults | context)
