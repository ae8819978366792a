"""The catalogue's pages: lists and the product. Each reads and shows; nothing here writes."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from . import catalogue, search
from .models import AttributeValue, Category, ProductQuerySet
from .structured_data import product_data

Breadcrumbs = list[tuple[str, str]]


@require_safe
def product_list(request: HttpRequest) -> HttpResponse:
    """The home page: everything."""
    heading = _("All products")
    return _render_list(request, catalogue.products(), heading=heading, title=heading, breadcrumbs=[], is_home=True)


@require_safe
def product_list_by_category(request: HttpRequest, slug: str) -> HttpResponse:
    tree = list(Category.objects.all())
    category = next((shelf for shelf in tree if shelf.slug == slug), None)
    if category is None:
        raise Http404
    trail = [*catalogue.ancestors(category, tree), category]
    return _render_list(
        request,
        catalogue.in_category(category, tree),
        heading=category.name,
        intro=category.description,
        title=category.name,
        breadcrumbs=[_home(), *((shelf.name, shelf.get_absolute_url()) for shelf in trail)],
        category=category,
    )


@require_safe
def product_list_by_attribute(request: HttpRequest, attribute: str, value: str) -> HttpResponse:
    found = get_object_or_404(
        AttributeValue.objects.select_related("attribute", "parent__attribute", "parent__parent__attribute"),
        attribute__slug=attribute,
        slug=value,
    )
    return _render_list(
        request,
        catalogue.with_value(found),
        heading=found.name,
        title=f"{found.name} – {found.attribute.name}",
        breadcrumbs=[_home(), *((level.name, level.get_absolute_url()) for level in _trail(found))],
        attribute_value=found,
    )


@require_safe
def product_search(request: HttpRequest) -> HttpResponse:
    query = search.clean(request.GET.get("q", ""))
    heading = _("Results for “%(query)s”") % {"query": query} if query else _("Search")
    return _render_list(
        request,
        search.matching(catalogue.products(), query),
        heading=heading,
        title=heading,
        breadcrumbs=[_home(), (_("Search"), reverse("shop:search"))],
        query=query,
        noindex=True,
    )


@require_safe
def product_detail(request: HttpRequest, slug: str) -> HttpResponse:
    product = get_object_or_404(
        catalogue.products().select_related("category__parent__parent").prefetch_related("images"), slug=slug
    )
    card, *related = catalogue.cards([product, *catalogue.with_cover(catalogue.related_to(product))])
    variants = list(product.variants.all())
    images = list(product.images.all())
    breadcrumbs = _product_trail(card)
    context = {
        "product": card,
        "variants": variants,
        "images": images,
        "facts": catalogue.facts(product),
        "related": related,
        "breadcrumbs": breadcrumbs,
        "title": product.name,
        "canonical": product.get_absolute_url(),
        "json_ld": product_data(card, variants, images, breadcrumbs),
    }
    return render(request, "shop/detail.html", context)


def _render_list(
    request: HttpRequest, products: ProductQuerySet, *, noindex: bool = False, **context: Any
) -> HttpResponse:
    """A page of `products`: unknown values of `sort` and `page` mean the first, a page beyond the end the last."""
    wanted = request.GET.get("sort", "")
    sort = wanted if wanted in catalogue.SORTS else catalogue.DEFAULT_SORT
    found = catalogue.with_cover(catalogue.in_order(products, sort))
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


def _home() -> tuple[str, str]:
    return _("Home"), reverse("shop:product_list")


def _trail(value: AttributeValue) -> list[AttributeValue]:
    levels = [value]
    while levels[0].parent and len(levels) < 3:
        levels.insert(0, levels[0].parent)
    return levels


def _product_trail(card: catalogue.Card) -> Breadcrumbs:
    shelves: list[Category] = [card.category]
    while shelves[0].parent and len(shelves) < 3:
        shelves.insert(0, shelves[0].parent)
    trail = [(shelf.name, shelf.get_absolute_url()) for shelf in shelves]
    return [_home(), *trail, (card.name, card.get_absolute_url())]
