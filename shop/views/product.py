"""A product's page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
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
    found = catalogue.with_gallery(catalogue.for_cards(catalogue.products()))
    product = get_object_or_404(found.select_related("category__parent__parent"), slug=slug)
    scores = recommendations.wanted_beside(product.pk)
    beside = catalogue.products().filter(pk__in=[pk for scored in scores.values() for pk in scored])
    card, *others = catalogue.cards([product, *catalogue.for_cards(beside)])
    offered = recommendations.arrange(scores, others)
    variants = list(product.variants.all())
    images = catalogue.gallery(product)
    breadcrumbs = trails.to_product(card)
    context = {
        "product": card,
        "variants": variants,
        "sold_out": any(variant.available <= 0 for variant in variants),
        "images": images,
        "facts": catalogue.facts(card),
        "together": offered.together,
        "related": offered.similar,
        "breadcrumbs": breadcrumbs,
        "title": product.name,
        "canonical": product.get_absolute_url(),
        "json_ld": product_data(card, variants, images, breadcrumbs),
    }
    return render(request, "shop/detail.html", context)
