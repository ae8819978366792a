"""What browsers and crawlers ask of a site as a whole, and the page for people who need help."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from shop.addresses import address
from shop.languages import path_in

View = Callable[..., HttpResponse]
DAY = 24 * 3600

# Pages that may change something when they are asked for, or that are somebody's own.
PRIVATE = ["/admin/*"] + [
    path_in(code, path)
    for code, _name in settings.LANGUAGES
    for path in ("/cart/*", "/messager/*", "/orders/*", "/payment/*")
]
# https://developer.mozilla.org/docs/Web/API/Speculation_Rules_API: fetched when a pointer rests on a link. Only
# fetched, not run: what a page does stays a matter of being looked at.
RULES = {
    "prefetch": [
        {
            "where": {
                "and": [
                    {"href_matches": "/*"},
                    {"not": {"href_matches": PRIVATE}},
                    {"not": {"selector_matches": "[rel~=nofollow]"}},
                ]
            },
            "eagerness": "moderate",
        }
    ]
}


def prefetching(view: View) -> View:
    """Tell browsers that know speculation rules where ours are; a header, since scripts in pages are forbidden."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Speculation-Rules"] = f'"{address("speculation_rules")}"'
        return response

    return wrapper


@require_safe
@cache_control(max_age=DAY, public=True)
def speculation_rules(request: HttpRequest) -> HttpResponse:
    return JsonResponse(RULES, content_type="application/speculationrules+json")


@require_safe
@cache_control(max_age=DAY, public=True)
def robots(request: HttpRequest) -> HttpResponse:
    searches = [path_in(code, "/search/") for code, _name in settings.LANGUAGES]
    lines = ["User-agent: *", *(f"Disallow: {path.rstrip('*')}" for path in PRIVATE + searches), ""]
    text = "\n".join([*lines, f"Sitemap: {settings.SITE_URL}{reverse('sitemap')}", ""])
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """Answers to what shoppers ask most, and ways to reach the shop."""
    return render(request, "shop/help.html", {"canonical": request.path})
