"""The legal pages as shoppers read them."""

from django.http import HttpRequest, HttpResponse
from django.http.response import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from . import profile
from .markdown import to_html


@require_safe
def page(request: HttpRequest, kind: str) -> HttpResponse:
    """One of the shop's legal pages, in the visitor's language where it was written in it."""
    found = profile.page(kind)
    if found is None:
        raise Http404
    title = found.get_kind_display()
    context = {
        "page": found,
        "title": title,
        "html": to_html(found.text),
        "breadcrumbs": [(_("Home"), reverse("shop:product_list")), (title, found.get_absolute_url())],
        "canonical": found.get_absolute_url(),
    }
    return render(request, "shop/page.html", context)
