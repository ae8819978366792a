"""The links from one page of a list to others."""

from typing import Any

from django.core.paginator import Page
from django.http import HttpRequest

GAP = "…"
PLACE = "\0"  # of the number; no address has a NUL of its own
WRITTEN = "%00"


def links_of(request: HttpRequest, page: "Page[Any]") -> dict[str, str]:
    """The texts of partials/pagination.html: addresses that keep what this one says, and numbers; "" where none is."""
    query = request.GET.copy()
    query["page"] = PLACE
    address = f"{request.path}?{query.urlencode()}"
    here, last = page.number, page.paginator.num_pages
    numbers = {
        "previous": here - 1 if here > 1 else 0,
        "first": 1 if here > 2 else 0,
        "here": here,
        "next": here + 1 if here < last else 0,
        "last": last if here + 1 < last else 0,
    }
    links = {name: address.replace(WRITTEN, str(number)) if number else "" for name, number in numbers.items()}
    return links | {
        "number": str(here),
        "previous_number": str(here - 1),
        "next_number": str(here + 1),
        "last_number": str(last),
        "gap_before": GAP if here > 3 else "",
        "gap_after": GAP if here + 2 < last else "",
    }
