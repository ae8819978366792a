"""Old addresses lead to new ones. Only this file writes OldSlug."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect

from .models import Category, OldSlug, Product

View = Callable[..., HttpResponse]


def note_old(row: Product | Category, old: str) -> None:
    """`row` had the slug `old` until now: links to it lead to the row's new address. A second call changes nothing."""
    name = row._meta.model_name or ""
    with transaction.atomic():
        mine = OldSlug.objects.filter(**{f"{name}__isnull": False})
        mine.filter(slug__in=[old, row.slug]).delete()  # a slug that is in use again is no old one
        if old and old != row.slug:
            OldSlug.objects.create(slug=old, **{name: row})


def forwarding(view: View, find: Callable[[str], Product | Category | None]) -> View:
    """`view`, but where it finds nothing under a slug that was given up, the new address instead of a 404."""

    @wraps(view)
    def wrapper(request: HttpRequest, slug: str, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, slug=slug, **kwargs)
        except Http404:
            row = find(slug)
            if row is None:
                raise
            return HttpResponsePermanentRedirect(row.get_absolute_url())

    return wrapper


def product_once_at(slug: str) -> Product | None:
    """The product that shoppers may see and that once had this slug."""
    return Product.objects.published().filter(old_slugs__slug=slug).first()


def category_once_at(slug: str) -> Category | None:
    """The category that once had this slug."""
    return Category.objects.filter(old_slugs__slug=slug).first()
