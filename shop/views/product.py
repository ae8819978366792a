"""A product's page."""

from django.http import HttpRequest, HttpResponse
from django.http.response import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from shop import catalogue, recommendations
from shop.keeping import kept
from shop.structured_data import product_data

from . import trails
from .site import prefetching


@require_safe
@prefetching
@kept(stock_of="slug")
def product_detail(request: HttpRequest, slug: str) -> HttpResponse:
    scores = recommendations.wanted_beside(slug)
    wanted = [pk for scored in scores.values() for pk in scored]
    cards = {card.slug: card for card in catalogue.of_products(wanted, slug=slug)}
    product = cards.pop(slug, None)
    if product is None:
        raise Http404
    offered = recommendations.arrange(scores, list(cards.values()))
    breadcrumbs = trails.to_product(product)
    context = {
        "product": product,
        "variants": product.variants,
        "sold_out": any(variant.available <= 0 for variant in product.variants),
        "images": product.images,
        "together": offered.together,
        "related": offered.similar,
        "breadcrumbs": breadcrumbs,
        "title": product.name,
        "canonical": product.get_absolute_url(),
        "json_ld": product_data(product, breadcrumbs),
    }
    return render(request, "shop/detail.html", context)
